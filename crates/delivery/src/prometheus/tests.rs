use liftlock_core::Span;
use reqwest::header::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::DeliveryOptions;
use crate::web::Answer;

const FAST: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(10));

fn asked(body: &str) -> Asked {
    Asked::of(&Answer {
        status: 200,
        headers: HeaderMap::new(),
        body: body.as_bytes().to_vec(),
        not_followed: None,
    })
}

fn vector(values: &[&str]) -> String {
    let samples: Vec<String> = values
        .iter()
        .map(|value| format!(r#"{{"metric":{{"a":"b"}},"value":[1700000000.123,"{value}"]}}"#))
        .collect();
    let samples = samples.join(",");
    format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{samples}]}}}}"#)
}

#[test]
fn answers_hold_or_not() {
    let expected = "< 0.5".parse().unwrap();
    let scalar = r#"{"status":"success","data":{"resultType":"scalar","result":[1,"0.1"]}}"#;
    for (body, holds) in [
        (vector(&["0.1"]), true),
        (vector(&["0.1", "0.4999"]), true),
        (vector(&["0.1", "0.5"]), false),
        (vector(&["NaN"]), false),
        (vector(&["+Inf"]), false),
        (vector(&["-Inf"]), true),
        (vector(&["much"]), false),
        (vector(&[]), false),
        (scalar.to_owned(), true),
        ("<html>".to_owned(), false),
        ("{}".to_owned(), false),
        (r#"{"status":"success"}"#.to_owned(), false),
    ] {
        assert_eq!(asked(&body).holds(&expected), holds, "{body}");
    }
    assert_eq!(asked(&vector(&[])).said(), "no data");
    let many = vector(&["1"; 8]);
    assert_eq!(asked(&many).said(), "value 1, 1, 1, 1, 1 and 3 more");
}

#[test]
fn a_query_that_is_refused_is_not_asked_again() {
    for (body, why) in [
        (
            r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#,
            "bad_data: parse error",
        ),
        (
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"values":[[1,"2"]]}]}}"#,
            "no instant vector",
        ),
        (
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{}]}]}}"#,
            "histogram",
        ),
    ] {
        let Asked::Refused(said) = asked(body) else {
            panic!("{body}");
        };
        assert!(said.contains(why), "{said}");
    }
    let busy = r#"{"status":"error","errorType":"timeout","error":"query timed out"}"#;
    assert!(matches!(asked(busy), Asked::NoAnswer(_)));
    assert!(matches!(asked(&" ".repeat(BODY_MAX)), Asked::Refused(_)));
}

const BODY_MAX: usize = crate::web::BODY_BYTES_MAX;

/// Answers the n-th request with the n-th body, and the last for ever; the path that was asked for.
async fn serve(bodies: Vec<String>) -> (String, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/base/", listener.local_addr().unwrap());
    let (send, asked) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        let mut count = 0;
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            let line = String::from_utf8(request).unwrap();
            send.send(line.lines().next().unwrap().to_owned()).ok();
            let body = &bodies[count.min(bodies.len() - 1)];
            count += 1;
            let length = body.len();
            let text = format!(
                "HTTP/1.1 200 X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            stream.write_all(text.as_bytes()).await.unwrap();
        }
    });
    (url, asked)
}

async fn check_fast(url: &str, hold: Span, within: Span) -> CheckOutcome {
    let declared = PrometheusCheck {
        url: url.to_owned(),
        query: "sum(rate(errors[1m])) / 2".to_owned(),
        expect: "< 0.5".parse().unwrap(),
        hold,
        within,
        ca: None,
        token: None,
    };
    let local = LocalDelivery::new(".".into(), DeliveryOptions::default());
    check_at_pace(&local, &declared, FAST).await
}

#[tokio::test]
async fn it_passes_once_it_held_long_enough_without_a_break() {
    let bodies = ["0.1", "0.9", "0.2"].map(|value| vector(&[value]));
    let (url, mut asked) = serve(bodies.to_vec()).await;
    let outcome = check_fast(&url, Span::from_us(30_000), Span::from_secs(300)).await;
    assert!(outcome.passed, "{}", outcome.summary);
    assert!(
        outcome.summary.starts_with("value 0.2, < 0.5 for "),
        "{}",
        outcome.summary
    );
    let first = asked.recv().await.unwrap();
    assert_eq!(
        first,
        "GET /base/api/v1/query?query=sum%28rate%28errors%5B1m%5D%29%29+%2F+2 HTTP/1.1"
    );
    let output = String::from_utf8(outcome.output).unwrap();
    assert!(
        output.contains("value 0.9: < 0.5 does not hold"),
        "{output}"
    );
    assert!(output.lines().count() >= 4, "{output}");
}

#[tokio::test]
async fn no_data_fails_when_the_time_is_over() {
    let (url, _asked) = serve(vec![vector(&[])]).await;
    let outcome = check_fast(&url, Span::ZERO, Span::from_us(400_000)).await;
    assert!(!outcome.passed);
    assert!(
        outcome.summary.contains(", expected < 0.5 for 0s, "),
        "{}",
        outcome.summary
    );
    assert!(
        outcome
            .output
            .starts_with(b"0 s: no data: < 0.5 does not hold\n")
    );
}
