package keeper

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
)

// visitor returns what is known of a DID of another zone.
func (k Keeper) visitor(ctx context.Context, did types.DID) (types.Visitor, error) {
	visitor, err := k.Visitors.Get(ctx, did.String())
	if errors.Is(err, collections.ErrNotFound) {
		err = errorsmod.Wrapf(types.ErrVisitor, "%s: nobody has asked zone %s for it; see MsgInquire", did, did.Namespace)
	}
	return visitor, err
}

// authenticateVisitor checks that a DID of another zone made an assertion, with the key
// that its zone told of, and counts it. A certificate must hold here and now.
func (k Keeper) authenticateVisitor(ctx context.Context, tag types.Tag, did types.DID, relationship types.Relationship, payload []byte, proof types.Proof) error {
	visitor, err := k.visitor(ctx, did)
	if err != nil {
		return err
	}
	if relationship != types.RELATIONSHIP_ASSERTION_METHOD {
		return errorsmod.Wrapf(types.ErrRelationship, "%s: a visitor can only make assertions here, not use %s", did, relationship.Property())
	}
	key, err := visitor.Key(sdk.UnwrapSDKContext(ctx).BlockTime())
	if err != nil {
		return err
	}
	if proof.Sequence != visitor.Sequence {
		return errorsmod.Wrapf(types.ErrSequence, "proof.sequence %d: %s is at %d on this chain", proof.Sequence, did, visitor.Sequence)
	}
	if err := k.CheckSignature(ctx, key, tag, did, proof, payload); err != nil {
		return err
	}
	visitor.Sequence++
	return k.Visitors.Set(ctx, visitor.Did, visitor)
}

// checkVisitors: visitors and questions are sound and of other zones, and every question
// is known by its deadline, and nothing else is.
func (k Keeper) checkVisitors(ctx context.Context) error {
	namespace, err := k.Namespace(ctx)
	if err != nil {
		return err
	}
	check := func(text string, valid func() error) error {
		did, err := types.ParseDID(text)
		if err == nil && did.Namespace == namespace {
			err = fmt.Errorf("%s: is of this chain, not a visitor", did)
		}
		return errors.Join(err, valid())
	}
	err = k.Visitors.Walk(ctx, nil, func(key string, v types.Visitor) (bool, error) {
		if key != v.Did {
			return true, fmt.Errorf("visitor %s lies at %s", v.Did, key)
		}
		return false, check(v.Did, v.Validate)
	})
	if err != nil {
		return err
	}
	asked, deadlines := 0, 0
	err = k.Inquiries.Walk(ctx, nil, func(_ InquiryKey, q types.Inquiry) (bool, error) {
		asked++
		if known, err := k.InquiryDeadlines.Has(ctx, collections.Join3(q.Deadline, q.Channel, q.Sequence)); err != nil || !known {
			return true, fmt.Errorf("question %s/%d is not known by its deadline: %w", q.Channel, q.Sequence, err)
		}
		return false, check(q.Did, q.Validate)
	})
	if err != nil {
		return err
	}
	err = k.InquiryDeadlines.Walk(ctx, nil, func(InquiryDeadlineKey) (bool, error) { deadlines++; return false, nil })
	if err == nil && deadlines != asked {
		err = fmt.Errorf("%d questions are under way, %d have deadlines", asked, deadlines)
	}
	return err
}
