// A client of a transparency log that knows nothing of who serves it: the log's tiles (C2SP
// tlog-tiles) are read with Go's own library, as the checksum database's clients do.
//
// It takes the address of the tiles' folder, the verifier key, a token or nothing, an earlier
// checkpoint's file or nothing, and the place of an entry. It prints the checkpoint that it has
// verified.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const bytesMax = 16 << 20

func main() {
	if len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: tlog ADDRESS KEY EARLIER SEQ, with TOKEN")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2], os.Args[3], os.Args[4]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(address, key, earlier, place string) error {
	log := &served{address: strings.TrimSuffix(address, "/"), token: os.Getenv("TOKEN")}
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return fmt.Errorf("key: %w", err)
	}
	checkpoint, err := log.get("checkpoint")
	if err != nil {
		return err
	}
	tree, err := opened(checkpoint, verifier)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, log)
	seq, err := strconv.ParseInt(place, 10, 64)
	if err != nil {
		return err
	}
	if err := included(tree, reader, log, seq); err != nil {
		return err
	}
	if earlier != "" {
		if err := consistent(tree, reader, earlier, verifier); err != nil {
			return err
		}
	}
	fmt.Print(string(checkpoint))
	return nil
}

// opened is the tree of a checkpoint whose signature is right.
func opened(text []byte, verifier note.Verifier) (tlog.Tree, error) {
	signed, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) < 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("checkpoint: not of %s", verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return tlog.Tree{}, fmt.Errorf("checkpoint: %w", err)
	}
	return tlog.Tree{N: size, Hash: root}, nil
}

// included checks that the bytes of an entry, as they are served, are in the tree at their place.
func included(tree tlog.Tree, reader tlog.HashReader, log *served, seq int64) error {
	entry, err := log.entry(seq, tree.N)
	if err != nil {
		return fmt.Errorf("entry %d: %w", seq, err)
	}
	proof, err := tlog.ProveRecord(tree.N, seq, reader)
	if err != nil {
		return fmt.Errorf("inclusion: %w", err)
	}
	if err := tlog.CheckRecord(proof, tree.N, tree.Hash, seq, tlog.RecordHash(entry)); err != nil {
		return fmt.Errorf("inclusion: %w", err)
	}
	return nil
}

// consistent checks that the tree holds all that an earlier checkpoint had.
func consistent(tree tlog.Tree, reader tlog.HashReader, file string, verifier note.Verifier) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, err := opened(text, verifier)
	if err != nil {
		return err
	}
	proof, err := tlog.ProveTree(tree.N, before.N, reader)
	if err != nil {
		return fmt.Errorf("consistency: %w", err)
	}
	if err := tlog.CheckTree(proof, tree.N, tree.Hash, before.N, before.Hash); err != nil {
		return fmt.Errorf("consistency: %w", err)
	}
	return nil
}

// served is the log, over HTTP.
type served struct{ address, token string }

func (s *served) get(path string) ([]byte, error) {
	request, err := http.NewRequest("GET", s.address+"/"+path, nil)
	if err != nil {
		return nil, err
	}
	if s.token != "" {
		request.Header.Set("Authorization", "Bearer "+s.token)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, bytesMax))
}

// Tiles are of 256 hashes.
func (s *served) Height() int { return 8 }

// path is that of C2SP's tiles, which have no height in them.
func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
}

func (s *served) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		bytes, err := s.get(path(tile))
		if err != nil {
			return nil, err
		}
		all = append(all, bytes)
	}
	return all, nil
}

func (s *served) SaveTiles([]tlog.Tile, [][]byte) {}

// entry is one of a bundle: each has its length before it, in two bytes.
func (s *served) entry(seq, size int64) ([]byte, error) {
	if seq < 0 || seq >= size {
		return nil, fmt.Errorf("the log has %d", size)
	}
	width := min(size-seq/256*256, 256)
	tile := tlog.Tile{H: 8, L: -1, N: seq / 256, W: int(width)}
	place := strings.Replace(path(tile), "tile/data/", "tile/entries/", 1)
	bundle, err := s.get(place)
	if err != nil {
		return nil, err
	}
	for at := seq % 256; len(bundle) >= 2; at-- {
		length := int(bundle[0])<<8 | int(bundle[1])
		if len(bundle) < 2+length {
			break
		}
		if at == 0 {
			return bundle[2 : 2+length], nil
		}
		bundle = bundle[2+length:]
	}
	return nil, fmt.Errorf("%s is cut off", place)
}
