package conformance_test

import (
	"errors"
	"math/big"
	"slices"
)

const (
	maxLocks = 256
	maxData  = 256 // bytes of an entry
	arity    = 16  // children of a node
)

var lockLayout = []field{{"id", 8, number}, {"amount", 16, number}, {"hash", 32, digest}, {"expiry", 8, number}}

// lockList is what a balance proof says of its locks.
type lockList struct {
	count int
	sum   *big.Int
	root  []byte
}

func parseLocks(b []byte) (lockList, error) {
	size := width(lockLayout)
	if len(b)%size != 0 {
		return lockList{}, ruleLength.broken("%d bytes are no whole locks", len(b))
	}
	list := lockList{count: len(b) / size, sum: new(big.Int), root: make([]byte, hashWidth)}
	if list.count > maxLocks {
		return lockList{}, ruleLockCount.broken("%d", list.count)
	}
	last := new(big.Int)
	for chunk := range slices.Chunk(b, size) {
		lock, _, err := parse(lockLayout, chunk)
		if err != nil {
			return lockList{}, err
		}
		id := lock.number("id")
		switch {
		case lock.zero("id"):
			return lockList{}, ruleLockID
		case id.Cmp(last) <= 0:
			return lockList{}, ruleLockOrder.broken("%s after %s", id, last)
		case lock.zero("amount"):
			return lockList{}, ruleLockAmount.broken("lock %s", id)
		}
		last = id
		list.sum.Add(list.sum, lock.number("amount"))
	}
	if !fits(list.sum) {
		return lockList{}, ruleOverflow.broken("locks of %s", list.sum)
	}
	if list.count > 0 {
		list.root = hash(tag("mesh/locks/v1"), u16(list.count), b)
	}
	return list, nil
}

var entryLayout = []field{{"payment_id", 16, digest}, {"amount", 16, number}, {"kind", 1, number}, {"length", 2, number}}

// entryData is how long the data of each kind of entry is; direct entries have up to maxData.
var entryData = map[int64]int64{2: 32 + 8, 3: 8 + 32 + 8 + 32, 4: 8 + 32, 5: 8}

func parseEntry(b []byte) (texts map[string]string, data []byte, err error) {
	header := width(entryLayout)
	if len(b) < header {
		return nil, nil, ruleLength.broken("an entry of %d bytes", len(b))
	}
	rec, texts, err := parse(entryLayout, b[:header])
	if err != nil {
		return nil, nil, err
	}
	data = b[header:]
	kind, length := rec.number("kind").Int64(), rec.number("length").Int64()
	exact, fixed := entryData[kind]
	switch {
	case !fixed && kind != 1:
		return nil, nil, ruleEntryKind.broken("%d", kind)
	case length != int64(len(data)):
		return nil, nil, ruleLength.broken("length %d, data of %d bytes", length, len(data))
	case fixed && length != exact, length > maxData:
		return nil, nil, ruleEntryData.broken("%d bytes in an entry of kind %d", length, kind)
	}
	return texts, data, nil
}

func leafHash(entry []byte) []byte { return hash([]byte{0}, entry) }

func nodeHash(children [][]byte) []byte { return hash([]byte{1}, slices.Concat(children...)) }

// merkleRoot groups nodes from the left, 16 at a time, level by level.
func merkleRoot(nodes [][]byte) []byte {
	if len(nodes) == 0 {
		return make([]byte, hashWidth)
	}
	for len(nodes) > 1 {
		var above [][]byte
		for group := range slices.Chunk(nodes, arity) {
			if len(group) == 1 {
				above = append(above, group[0])
				continue
			}
			above = append(above, nodeHash(group))
		}
		nodes = above
	}
	return nodes[0]
}

// siblings returns how many siblings node i of c has in its group.
func siblings(i, c uint64) int { return int(min(arity, c-(i-i%arity)) - 1) }

// climb returns the root that a leaf and the path from it lead to, and what follows the path.
func climb(leaf []byte, i, c uint64, path []byte) (root []byte, err error) {
	for node := leaf; ; i, c = i/arity, (c+arity-1)/arity {
		if c == 1 {
			if len(path) != 0 {
				return nil, errors.New("the path goes on beyond the root")
			}
			return node, nil
		}
		n := siblings(i, c)
		group := slices.Collect(slices.Chunk(path[:n*hashWidth], hashWidth))
		path = path[n*hashWidth:]
		if n > 0 {
			node = nodeHash(slices.Insert(group, int(i%arity), node))
		}
	}
}

// pathLength is how many bytes the path of node i of c has.
func pathLength(i, c uint64) (n int) {
	for ; c > 1; i, c = i/arity, (c+arity-1)/arity {
		n += siblings(i, c) * hashWidth
	}
	return n
}

var headLayout = []field{
	{"previous", 32, digest},
	{"epoch", 8, number},
	{"nonce", 8, number},
	{"count", 4, number},
	{"delta", 16, number},
	{"root", 32, digest},
}

func headHash(fields []byte) []byte { return hash([]byte{2}, fields) }

var firstHeadLayout = append(slices.Clone(place), field{"sender", 1, party})

func firstHeadHash(fields []byte) []byte { return hash([]byte{3}, fields) }

// receiptLayout is what stands before the path and the entry.
var receiptLayout = []field{
	{"proof", 171, digest},
	{"signature", sigWidth, digest},
	{"ack_signature", sigWidth, digest},
	{"previous", 32, digest},
	{"count", 4, number},
	{"delta", 16, number},
	{"index", 4, number},
}

// openReceipt returns the entry that a receipt proves.
func openReceipt(b []byte, sender, receiver publicKey) ([]byte, error) {
	fixed := width(receiptLayout)
	if len(b) < fixed {
		return nil, ruleLength.broken("a receipt of %d bytes", len(b))
	}
	r, _, err := parse(receiptLayout, b[:fixed])
	if err != nil {
		return nil, err
	}
	index, count := r.number("index").Uint64(), r.number("count").Uint64()
	if index >= count {
		return nil, ruleIndex.broken("%d of %d", index, count)
	}
	proof, _, err := signedKinds["proof"].parse(r.get("proof"))
	if err != nil {
		return nil, err
	}
	if err := sender.verify(r.get("proof"), r.get("signature")); err != nil {
		return nil, err
	}
	ack := slices.Concat(tag(signedKinds["ack"].tag), proof.get("domain"), proof.get("channel"), proof.get("epoch"),
		proof.get("sender"), proof.get("nonce"), hash(r.get("proof")))
	if err := receiver.verify(ack, r.get("ack_signature")); err != nil {
		return nil, ruleAckVerify.broken("%v", err)
	}
	n := pathLength(index, count)
	if len(b) < fixed+n {
		return nil, ruleLength.broken("a receipt of %d bytes with a path of %d", len(b), n)
	}
	path, entry := b[fixed:fixed+n], b[fixed+n:]
	if _, _, err := parseEntry(entry); err != nil {
		return nil, err
	}
	root, err := climb(leafHash(entry), index, count, path)
	if err != nil {
		return nil, err
	}
	head := headHash(slices.Concat(r.get("previous"), proof.get("epoch"), proof.get("nonce"), r.get("count"),
		r.get("delta"), root))
	if !slices.Equal(head, proof.get("log_head")) {
		return nil, ruleHead.broken("head %x, log_head %x", head, proof.get("log_head"))
	}
	return entry, nil
}
