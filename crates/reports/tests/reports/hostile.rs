use liftlock_reports::{
    REPORT_BYTES_MAX, ReportError, XML_ATTRIBUTES_MAX, XML_DEPTH_MAX, XML_ELEMENT_ATTRIBUTES_MAX,
    XML_NAMESPACES_MAX, XML_NODES_MAX, read,
};

use super::{SAMPLES, check, sample};

const PASSED: &str = "JunitXml Passed errors=0 failed=0 passed=1 skipped=0 tests=1 at -";

fn suite(inside: &str) -> String {
    format!("<testsuite>{inside}</testsuite>")
}

#[test]
fn a_report_over_the_limit_is_refused_before_it_is_read() {
    let bytes = vec![0xff; REPORT_BYTES_MAX + 1];
    let max = REPORT_BYTES_MAX;
    assert_eq!(
        read(&bytes),
        Err(ReportError::TooLarge {
            bytes: max + 1,
            max
        })
    );
}

#[test]
fn other_things_are_not_recognised() {
    for (text, found) in [
        ("<html/>", "XML with the root html"),
        ("<Testsuite/>", "XML with the root Testsuite"),
        ("[]", "a JSON array"),
        ("{}", "JSON of another kind"),
        (r#"{"version":"2.1.0"}"#, "JSON of another kind"),
        (r#"{"metrics":{}}"#, "JSON of another kind"),
        (r#"{"matches":[]}"#, "JSON of another kind"),
        (r#"{"@context":"x"}"#, "JSON of another kind"),
        (r#"{"SchemaVersion":2}"#, "JSON of another kind"),
        ("ok 1 - passes", "neither XML nor a JSON object"),
        ("null", "neither XML nor a JSON object"),
        ("\0", "neither XML nor a JSON object"),
    ] {
        check(
            text,
            &format!("NotRecognised: the report is {found}; read are JUnit XML…"),
        );
    }
    check("", "Empty: the report holds no text, so it says nothing…");
    check(" \n", "Empty: …");
}

#[test]
fn a_byte_order_mark_is_accepted_and_other_encodings_refused() {
    for (name, text) in SAMPLES {
        let marked = format!("\u{feff}{text}");
        assert_eq!(read(marked.as_bytes()), read(text.as_bytes()), "{name}");
        assert!(read(text.as_bytes()).is_ok(), "{name}");
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for wide in [
            [&[0xff, 0xfe], little.as_slice()].concat(),
            [&[0xfe, 0xff], big.as_slice()].concat(),
            little,
            big,
        ] {
            check(
                wide,
                "Encoding: line 1, column 1: the report is UTF-16 or UTF-32; write it as UTF-8",
            );
        }
    }
    let latin = b"<testsuite>\n<testcase name='caf\xe9'/></testsuite>";
    check(
        latin,
        "Encoding: line 2, column 20: the report is not UTF-8; write it as UTF-8",
    );
}

#[test]
fn entities_and_declarations_are_refused() {
    let laughs = "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [\n<!ENTITY a \"lol\">\n\
                  <!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">\n]>\n<testsuite>&b;</testsuite>";
    check(
        laughs,
        "Xml: line 2, column 1: a document type declaration (<!DOCTYPE) is not read…",
    );
    check(
        "<!DOCTYPE x SYSTEM 'file:///etc/passwd'><testsuite><testcase/></testsuite>",
        "Xml: line 1, column 1: a document type declaration…",
    );
    check(suite("&b;<testcase/>"), "Xml: line 1, column 12: …");
    check(
        suite("<!DOCTYPE x><testcase/>"),
        "Xml: line 1, column 12: …",
    );
    check(suite("<!ENTITY x 'y'><testcase/>"), "Xml: …");
}

#[test]
fn broken_markup_is_located() {
    for (text, expected) in [
        ("<", "Xml: line 1, column 2: …"),
        (
            "<testsuite>\n<testcase>",
            "Xml: line 2, column 11: the XML ends before…",
        ),
        (
            "<testsuite>\n <testcase></testsuite>",
            "Xml: line 2, column 12: expected 'testcase'…",
        ),
        (
            "<testsuite><testcase/></testsuite><testsuite/>",
            "Xml: line 1, column …",
        ),
        (
            "<testsuite><testcase name='<'/></testsuite>",
            "Xml: line 1, column …",
        ),
        (
            "<testsuite a='1' a='2'><testcase/></testsuite>",
            "Xml: line 1, column 18: …",
        ),
        (
            "<testsuite><testcase/>\0</testsuite>",
            "Xml: line 1, column 23: …",
        ),
        (
            "<testsuite><testcase name='\0'/></testsuite>",
            "Xml: line 1, column …",
        ),
        ("<testsuite><!-- = <", "Xml: …"),
        ("<testsuite><![CDATA[ = <", "Xml: …"),
        ("<testsuite><testcase a='", "Xml: …"),
        ("<testsuite><x:testcase/></testsuite>", "Xml: …"),
        (
            "{\"SchemaVersion\":2,\n\"Results\":[",
            "Json: line 2, column 11: EOF…",
        ),
        (
            "{\"SchemaVersion\":2,\"Results\":[]} x",
            "Json: line 1, column 34: trailing characters",
        ),
        (
            "{\"SchemaVersion\":2,\"Results\":\"\0\"}",
            "Json: line 1, column 30: control character…",
        ),
        (
            "{\"SchemaVersion\":2,\"Results\":[],\"Results\":[]}",
            "Json: …",
        ),
        (
            "{\"SchemaVersion\":\"2\",\"Results\":[]}",
            "Json: line 1, column 20: invalid type…",
        ),
        ("{\"SchemaVersion\":-2,\"Results\":[]}", "Json: …"),
    ] {
        check(text, expected);
    }
}

#[test]
fn nesting_is_limited() {
    let nested = |levels: usize| {
        let (open, close) = ("<testsuite>".repeat(levels), "</testsuite>".repeat(levels));
        format!("{open}<testcase/>{close}")
    };
    check(nested(XML_DEPTH_MAX), PASSED);
    check(
        nested(XML_DEPTH_MAX + 1),
        "Limit: the report has more levels of XML elements than the limit of 64…",
    );
    check("<testsuite>".repeat(1_000_000), "Limit: …");
    check("[".repeat(1_000_000), "NotRecognised: …");
    check(
        format!("{{\"SchemaVersion\":{}", "[".repeat(1_000_000)),
        "Json: …",
    );
    // Fields that are not read are skipped without recursion.
    let deep = format!(
        "{{\"Extra\":{}1{},",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    check(
        sample("trivy-alpine").replacen('{', &deep, 1),
        "TrivyJson Undecided critical=2…",
    );
}

#[test]
fn deep_json_is_skipped_where_it_is_not_read_and_refused_where_it_is() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for (name, place, start) in [
        ("trivy-alpine", "\"Target\": ", "TrivyJson"),
        ("grype", "\"relatedVulnerabilities\": ", "GrypeJson"),
        ("bandit", "\"message\":", "Sarif"),
        ("k6-export-pass", "\"root_group\":", "K6Json"),
        ("openvex", "\"tooling\": ", "Openvex"),
    ] {
        let text = sample(name);
        assert!(text.contains(place), "{name}");
        let added = text.replacen('{', &format!("{{\"Extra\":{deep},"), 1);
        check(&added, &format!("{start} …"));
        // What is read with a type of its own, and what is only skipped, one level in.
        let cut = text.replacen(place, &format!("{place}{deep},\"y\":"), 1);
        check(&cut, &format!("{start} …"));
    }
    for (name, place) in [
        ("trivy-alpine", "\"VulnerabilityID\": "),
        ("grype", "\"target\": "),
        ("grype", "\"matches\": "),
        ("grype", "\"severity\": "),
        ("trivy-sarif", "\"security-severity\": "),
        ("bandit", "\"results\":"),
        ("bandit", "\"locations\":"),
        ("semgrep", "\"suppressions\":"),
        ("k6-export-fail", "\"p(95)<2000\":"),
        ("k6-handle-fail", "\"thresholds\":"),
        ("k6-handle-fail", "\"values\":"),
        ("openvex", "\"vulnerability\": "),
        ("openvex", "\"products\": "),
        ("openvex", "\"statements\": "),
    ] {
        let text = sample(name);
        assert!(text.contains(place), "{name} {place}");
        let deep = text.replacen(place, &format!("{place}{deep},\"y\":"), 1);
        check(&deep, "Json: …");
        let open = text.replacen(place, &format!("{place}{}", "{\"a\":".repeat(100_000)), 1);
        check(&open, "Json: …");
    }
}

#[test]
fn lists_of_nothing_cost_no_memory_and_are_refused() {
    let many = |item: &str| vec![item; 2_000_000].join(",");
    for text in [
        format!("{{\"version\":\"2.1.0\",\"runs\":[{}]}}", many("{}")),
        format!("{{\"matches\":[{}],\"descriptor\":{{}}}}", many("{}")),
        format!("{{\"@context\":\"\",\"statements\":[{}]}}", many("{}")),
        format!("{{\"@context\":\"\",\"statements\":[{}]}}", many("0")),
        format!("{{\"root_group\":0,\"metrics\":{{{}}}}}", many("\"a\":{}")),
    ] {
        check(text, "Json: …");
    }
}

#[test]
fn attributes_and_namespaces_are_limited() {
    let attributes = |name: &str, count: usize| {
        let all: Vec<String> = (0..count).map(|n| format!("{name}{n}='n{n}'")).collect();
        suite(&format!("<testcase {}/>", all.join(" ")))
    };
    check(attributes("a", XML_ELEMENT_ATTRIBUTES_MAX), PASSED);
    check(
        attributes("a", XML_ELEMENT_ATTRIBUTES_MAX + 1),
        "Limit: the report has more attributes in one XML element than the limit of 64…",
    );
    check(attributes("xmlns:n", XML_NAMESPACES_MAX), PASSED);
    check(
        attributes("xmlns:n", XML_NAMESPACES_MAX + 1),
        "Limit: the report has more XML namespaces in scope than the limit of 32…",
    );
    // Merged reports declare the same one again and again.
    let merged = "<testsuite xmlns:xsi='urn:x'><testcase xsi:a='1'/></testsuite>".repeat(2_000);
    check(
        suite(&merged),
        "JunitXml Passed errors=0 failed=0 passed=2000…",
    );
    let huge = "=<>'&amp;"
        .replace('<', "&lt;")
        .replace('\'', "")
        .repeat(500_000);
    check(suite(&format!("<testcase name='{huge}'/>")), PASSED);
    check(
        suite(&format!("<testcase {}='1'/>", "a".repeat(1_000_000))),
        PASSED,
    );
    let long_root = format!("<{}/>", "a".repeat(1_000_000));
    let message = read(long_root.as_bytes()).unwrap_err().to_string();
    assert!(message.len() < 600, "{}", message.len());
}

#[test]
fn memory_the_parser_would_reserve_is_limited() {
    // Output that is not looked at costs nothing.
    let (equals, less) = ("=".repeat(4_000_000), "<".repeat(4_000_000));
    let output = format!("<testcase/>{equals}<!--{equals}{less}--><a><![CDATA[{less}]]></a>");
    check(suite(&output), PASSED);
    check(
        suite(&"<a/>".repeat(2 * XML_NODES_MAX)),
        "Limit: the report has more XML nodes than the limit of 1000000…",
    );
    check(
        suite(&"<a/>".repeat(XML_NODES_MAX)),
        "Limit: the report has more XML nodes…",
    );
    check(
        format!("<testsuite {}/>", "=".repeat(XML_ATTRIBUTES_MAX + 1)),
        "Limit: the report has more XML attributes than the limit of 2000000…",
    );
}

/// Knuth's MMIX generator: the same sequence on every run.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits fit") % limit
    }
}

#[test]
fn damaged_reports_never_panic_and_cut_ones_never_pass() {
    let mut sequence = Sequence(7);
    for (name, text) in SAMPLES {
        let whole = text.trim_end().as_bytes();
        for cut in 0..whole.len() {
            assert!(read(&whole[..cut]).is_err(), "{name} cut at {cut}");
        }
        for _ in 0..2_000 {
            let mut bytes = whole.to_vec();
            for _ in 0..=sequence.below(4) {
                let at = sequence.below(bytes.len());
                bytes[at] ^= 1 << sequence.below(8);
            }
            if sequence.below(4) == 0 {
                bytes.truncate(sequence.below(whole.len()));
            }
            if let Err(error) = read(&bytes) {
                assert!(error.to_string().len() < 1_200, "{name}: {error}");
            }
        }
    }
}
