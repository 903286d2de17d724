//! Events of a pipeline as they come.

use reqwest::Response;

use crate::running::{Running, problem, start};

const PATH: &str = "/api/v1/pipelines/shop/events";

/// Reads a stream's text until it holds `count` events.
async fn read(response: &mut Response, count: usize) -> Vec<String> {
    let mut text = String::new();
    while text.matches("id: ").count() < count || !text.ends_with("\n\n") {
        let chunk = response.chunk().await.unwrap().unwrap();
        text.push_str(str::from_utf8(&chunk).unwrap());
    }
    let events = text.split("\n\n").filter(|event| event.contains("id: "));
    events.map(str::to_owned).collect()
}

async fn follow(server: &Running, path: &str, last: Option<&str>) -> Response {
    let mut request = server.client.get(server.url(path));
    if let Some(last) = last {
        request = request.header("Last-Event-ID", last);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    response
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was_left_and_holds_one_pipeline_alone() {
    let server = start(|_, _| {}).await;
    server.append("shop", 0, 2).await;
    server.append("other", 0, 300).await;
    server.append("shop", 2, 1).await;
    let mut all = follow(&server, &format!("{PATH}?after=start"), None).await;
    let expected = [
        "data: {\"event\":{\"type\":\"step-2\"},\"n\":2,\"stream\":\"shop\"}",
        "id: 302",
        "event: step-2",
    ];
    let third = &read(&mut all, 3).await[2];
    for line in expected {
        assert!(third.lines().any(|found| found == line), "{third}");
    }
    // What a browser saw last counts more than the address it began with.
    let mut rest = follow(&server, &format!("{PATH}?after=start"), Some("0")).await;
    assert!(read(&mut rest, 2).await[0].contains("id: 1\n"));

    let mut new = follow(&server, PATH, None).await;
    server.append("shop", 3, 1).await;
    for stream in [&mut all, &mut rest, &mut new] {
        assert!(read(stream, 1).await[0].contains("id: 303\n"));
    }
}

#[tokio::test]
async fn a_stream_ends_where_it_is_to_and_says_that_nothing_is_missing() {
    let server = start(|_, _| {}).await;
    server.append("shop", 0, 3).await;
    server.append("other", 0, 300).await;
    server.append("shop", 3, 1).await;
    for (after, until, expected) in [
        ("start", 303, vec!["0", "1", "2"]),
        ("start", 304, vec!["0", "1", "2", "303"]),
        ("start", 2, vec!["0", "1"]),
        ("start", 0, vec![]),
        ("1", 303, vec!["2"]),
    ] {
        let path = format!("{PATH}?after={after}&until={until}");
        let text = follow(&server, &path, None).await.text().await.unwrap();
        let ids = text.lines().filter_map(|line| line.strip_prefix("id: "));
        assert_eq!(ids.collect::<Vec<_>>(), expected, "{path}");
        let last = text.trim_end().rsplit("\n\n").next().unwrap();
        assert!(last.contains("event: reached\n"), "{path}: {last}");
    }
}

#[tokio::test]
async fn an_id_or_a_pipeline_that_is_not_there_is_said() {
    let server = start(|_, _| {}).await;
    server.append("shop", 0, 1).await;
    for path in [
        "/api/v1/pipelines/none/events",
        "/api/v1/pipelines/%2e%2e%2f/events",
    ] {
        assert_eq!(
            problem(server.get(path).await).await,
            (404, "not-found".to_owned())
        );
    }
    for after in ["1", "x", "-1"] {
        let found = problem(server.get(&format!("{PATH}?after={after}")).await).await;
        assert_eq!(found, (400, "unknown-event".to_owned()));
    }
    let found = problem(server.get(&format!("{PATH}?since=1")).await).await;
    assert_eq!(found, (400, "bad-request".to_owned()));
}

#[tokio::test]
async fn there_are_only_so_many_streams_and_they_end_with_the_server() {
    let server = start(|setup, _| setup.config.limits.event_streams = 2).await;
    server.append("shop", 0, 1).await;
    let mut first = follow(&server, PATH, None).await;
    let second = follow(&server, PATH, None).await;
    let third = server.get(PATH).await;
    assert_eq!(third.headers()["retry-after"], "10");
    assert_eq!(problem(third).await, (503, "busy".to_owned()));
    drop(second);
    // A stream that was left is noticed with its next heartbeat, or the next event.
    server.append("shop", 1, 1).await;
    while server.get(PATH).await.status() != 200 {
        tokio::task::yield_now().await;
    }
    server.shutdown.request();
    while first.chunk().await.unwrap().is_some() {}
}
