// Package signedheader makes block headers with the signature of a chain's only validator, for
// tests of whoever verifies them.
package signedheader

import (
	"crypto/sha256"
	"time"

	"github.com/cometbft/cometbft/crypto/ed25519"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	cmtversion "github.com/cometbft/cometbft/proto/tendermint/version"
	cmttypes "github.com/cometbft/cometbft/types"
)

// Validators is the set with the one validator.
func Validators(key ed25519.PrivKey) *cmttypes.ValidatorSet {
	return cmttypes.NewValidatorSet([]*cmttypes.Validator{cmttypes.NewValidator(key.PubKey(), 10)})
}

// New makes and signs a header. Fields that nobody looks at have fixed values; another appHash makes
// another header.
func New(key ed25519.PrivKey, chainID string, height int64, at time.Time, appHash []byte) (*cmttypes.SignedHeader, error) {
	some := func(text string) []byte { h := sha256.Sum256([]byte(text)); return h[:] }
	set := Validators(key)
	id := func(hash []byte) cmttypes.BlockID {
		return cmttypes.BlockID{Hash: hash, PartSetHeader: cmttypes.PartSetHeader{Total: 1, Hash: some("parts")}}
	}
	h := &cmttypes.Header{
		Version: cmtversion.Consensus{Block: 11}, ChainID: chainID, Height: height, Time: at, LastBlockID: id(some("last")),
		LastCommitHash: some("commit"), DataHash: some("data"), ValidatorsHash: set.Hash(), NextValidatorsHash: set.Hash(), ConsensusHash: some("params"),
		AppHash: appHash, LastResultsHash: some("results"), EvidenceHash: some("evidence"), ProposerAddress: key.PubKey().Address(),
	}
	block := id(h.Hash())
	vote := &cmtproto.Vote{Type: cmtproto.PrecommitType, Height: height, Timestamp: h.Time, ValidatorAddress: key.PubKey().Address(), BlockID: block.ToProto()}
	signature, err := key.Sign(cmttypes.VoteSignBytes(chainID, vote))
	if err != nil {
		return nil, err
	}
	return &cmttypes.SignedHeader{Header: h, Commit: &cmttypes.Commit{Height: height, BlockID: block, Signatures: []cmttypes.CommitSig{{
		BlockIDFlag: cmttypes.BlockIDFlagCommit, ValidatorAddress: key.PubKey().Address(), Timestamp: h.Time, Signature: signature,
	}}}}, nil
}
