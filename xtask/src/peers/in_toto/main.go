// Whether in-toto's own library reads a statement and its predicate, with every field known and
// everything there that must be: the payload of a DSSE envelope on standard input.
package main

import (
	"fmt"
	"io"
	"os"

	tests "github.com/in-toto/attestation/go/predicates/test_result/v0"
	summary "github.com/in-toto/attestation/go/predicates/vsa/v1"
	vulns "github.com/in-toto/attestation/go/predicates/vulns/v02"
	statement "github.com/in-toto/attestation/go/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("valid")
}

func run() error {
	payload, err := io.ReadAll(os.Stdin)
	if err != nil {
		return err
	}
	said := &statement.Statement{}
	if err := protojson.Unmarshal(payload, said); err != nil {
		return fmt.Errorf("statement: %w", err)
	}
	if err := said.Validate(); err != nil {
		return fmt.Errorf("statement: %w", err)
	}
	predicate, err := protojson.Marshal(said.GetPredicate())
	if err != nil {
		return err
	}
	var read proto.Message
	switch said.GetPredicateType() {
	case "https://slsa.dev/verification_summary/v1":
		read = &summary.VerificationSummary{}
	case "https://in-toto.io/attestation/test-result/v0.1":
		read = &tests.TestResult{}
	case "https://in-toto.io/attestation/vulns/v0.2":
		read = &vulns.Vulns{}
	default:
		return nil
	}
	if err := protojson.Unmarshal(predicate, read); err != nil {
		return fmt.Errorf("%s: %w", said.GetPredicateType(), err)
	}
	return nil
}
