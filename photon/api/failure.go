package api

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meshchain/meshchain/photon/bodies"
	"github.com/meshchain/meshchain/photon/chain"
	"github.com/meshchain/meshchain/photon/introduction"
	"github.com/meshchain/meshchain/photon/invoice"
	"github.com/meshchain/meshchain/photon/machine"
	"github.com/meshchain/meshchain/photon/mediator"
	"github.com/meshchain/meshchain/photon/node"
	mediated "github.com/meshchain/meshchain/photon/payment"
	"github.com/meshchain/meshchain/photon/protocol"
	"github.com/meshchain/meshchain/photon/store"
	"github.com/meshchain/meshchain/photon/tower"
	"github.com/meshchain/meshchain/photon/transport"
)

// failures maps what the layers below return to reasons, the first that fits.
var failures = []struct {
	err    error
	code   codes.Code
	reason Reason
}{
	{machine.ErrCapacity, codes.FailedPrecondition, ReasonCapacity},
	{machine.ErrOffline, codes.Unavailable, ReasonOffline},
	{machine.ErrStale, codes.Unavailable, ReasonChain},
	{machine.ErrNotConnected, codes.Unavailable, ReasonOffline},
	{node.ErrNotConnected, codes.Unavailable, ReasonOffline},
	{machine.ErrWindow, codes.ResourceExhausted, ReasonBusy},
	{machine.ErrQuiet, codes.FailedPrecondition, ReasonState},
	{machine.ErrPhase, codes.FailedPrecondition, ReasonState},
	{machine.ErrRestored, codes.FailedPrecondition, ReasonState},
	{machine.ErrPending, codes.FailedPrecondition, ReasonState},
	{machine.ErrSigner, codes.FailedPrecondition, ReasonState},
	{machine.ErrBatch, codes.InvalidArgument, ReasonInvalid},
	{node.ErrNoChannel, codes.NotFound, ReasonUnknownChannel},
	{node.ErrNoPayment, codes.NotFound, ReasonUnknownPayment},
	{node.ErrUnacknowledged, codes.FailedPrecondition, ReasonState},
	{node.ErrEntries, codes.InvalidArgument, ReasonInvalid},
	{node.ErrRefused, codes.FailedPrecondition, ReasonRefused},
	{node.ErrLimit, codes.ResourceExhausted, ReasonBusy},
	{node.ErrClosed, codes.Unavailable, ReasonUnavailable},
	{store.ErrDropped, codes.NotFound, ReasonUnknownPayment},
	{store.ErrFull, codes.ResourceExhausted, ReasonBusy},
	{protocol.ErrVersion, codes.FailedPrecondition, ReasonVersion},
	{protocol.ErrMalformed, codes.InvalidArgument, ReasonInvalid},
	{mediated.ErrNoCapacity, codes.FailedPrecondition, ReasonCapacity},
	{mediated.ErrFeeCap, codes.FailedPrecondition, ReasonFee},
	{mediated.ErrOffline, codes.Unavailable, ReasonOffline},
	{mediated.ErrNoRoute, codes.FailedPrecondition, ReasonNoRoute},
	{mediated.ErrQuote, codes.FailedPrecondition, ReasonExpired},
	{mediated.ErrPaid, codes.FailedPrecondition, ReasonState},
	{mediated.ErrExpired, codes.FailedPrecondition, ReasonExpired},
	{mediated.ErrConfig, codes.InvalidArgument, ReasonInvalid},
	{mediated.ErrNoQuote, codes.FailedPrecondition, ReasonNoRoute},
	{mediated.ErrRefused, codes.FailedPrecondition, ReasonRefused},
	{mediated.ErrGaveUp, codes.DeadlineExceeded, ReasonTimeout},
	{mediated.ErrInFlight, codes.FailedPrecondition, ReasonState},
	{mediated.ErrOrder, codes.InvalidArgument, ReasonInvalid},
	{mediator.ErrBusy, codes.ResourceExhausted, ReasonBusy},
	{mediator.ErrClosed, codes.Unavailable, ReasonUnavailable},
	{chain.ErrRefused, codes.FailedPrecondition, ReasonRefused},
	{chain.ErrWrongChain, codes.FailedPrecondition, ReasonWrongNetwork},
	{chain.ErrUnreachable, codes.Unavailable, ReasonChain},
	{chain.ErrStale, codes.Unavailable, ReasonChain},
	{chain.ErrContradiction, codes.Unavailable, ReasonChain},
	{chain.ErrClock, codes.Unavailable, ReasonChain},
	{chain.ErrUnverified, codes.Unavailable, ReasonChain},
	{introduction.ErrNotThere, codes.FailedPrecondition, ReasonWrongNetwork},
	{bodies.ErrTooLong, codes.InvalidArgument, ReasonInvalid},
	{bodies.ErrDeclined, codes.FailedPrecondition, ReasonRefused},
	{mediated.ErrUnknownTarget, codes.NotFound, ReasonNoRoute},
	{mediated.ErrTooManyHops, codes.FailedPrecondition, ReasonNoRoute},
	{tower.ErrNoTower, codes.FailedPrecondition, ReasonRefused},
	{tower.ErrReward, codes.FailedPrecondition, ReasonRefused},
	{tower.ErrLied, codes.FailedPrecondition, ReasonRefused},
	{transport.ErrNetwork, codes.FailedPrecondition, ReasonWrongNetwork},
	{transport.ErrVersion, codes.FailedPrecondition, ReasonVersion},
	{transport.ErrTooMany, codes.ResourceExhausted, ReasonBusy},
	{transport.ErrNoPhoton, codes.Unavailable, ReasonUnknownPeer},
	{transport.ErrBanned, codes.Unavailable, ReasonUnknownPeer},
	{invoice.ErrExpired, codes.FailedPrecondition, ReasonExpired},
	{invoice.ErrVersion, codes.InvalidArgument, ReasonVersion},
	{invoice.ErrMalformed, codes.InvalidArgument, ReasonInvalid},
	{invoice.ErrSignature, codes.InvalidArgument, ReasonInvalid},
	{context.DeadlineExceeded, codes.DeadlineExceeded, ReasonTimeout},
	{context.Canceled, codes.Canceled, ReasonTimeout},
}

// failure makes the error of a call out of one of the layers below.
func failure(err error) error {
	if err == nil {
		return nil
	}
	s, coded := status.FromError(err)
	if coded && hasReason(s) {
		return err
	}
	for _, f := range failures {
		if errors.Is(err, f.err) {
			return Fail(f.code, f.reason, "%s", err)
		}
	}
	if coded && s.Code() != codes.Unknown {
		return err // of a chain
	}
	return Fail(codes.Internal, ReasonInternal, "%s", err)
}
