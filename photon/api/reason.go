package api

import (
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Reason says, for programs, why a call failed. It is in the error's details (google.rpc.ErrorInfo)
// and never changes its meaning.
type Reason string

// Reasons. The command line turns each into an exit code; see [Reason.ExitCode].
const (
	// ReasonInvalid: a field of the request is wrong; the text names it.
	ReasonInvalid Reason = "INVALID"
	// ReasonToken: the token is missing or wrong.
	ReasonToken Reason = "TOKEN"
	// ReasonUnknownPeer: nobody is known under this id, or it cannot be reached.
	ReasonUnknownPeer Reason = "UNKNOWN_PEER"
	// ReasonUnknownChannel: this node has no such channel.
	ReasonUnknownChannel Reason = "UNKNOWN_CHANNEL"
	// ReasonUnknownPayment: there is none of this name, or its batch is dropped already.
	ReasonUnknownPayment Reason = "UNKNOWN_PAYMENT"
	// ReasonNoRoute: there is no way to the target; the text says why.
	ReasonNoRoute Reason = "NO_ROUTE"
	// ReasonCapacity: the channel cannot carry the amount.
	ReasonCapacity Reason = "CAPACITY"
	// ReasonFee: it would cost more than max_fee.
	ReasonFee Reason = "FEE"
	// ReasonOffline: the peer is not connected, or the node has been without the chain for too long.
	ReasonOffline Reason = "OFFLINE"
	// ReasonExpired: the payment request is too old.
	ReasonExpired Reason = "EXPIRED"
	// ReasonWrongNetwork: it is for another chain, or another instance of this one.
	ReasonWrongNetwork Reason = "WRONG_NETWORK"
	// ReasonVersion: the peer or the request is of another version.
	ReasonVersion Reason = "VERSION"
	// ReasonChain: the view of the chain is stale or contradictory, or the chain cannot be reached.
	ReasonChain Reason = "CHAIN"
	// ReasonRefused: the chain or the peer refused.
	ReasonRefused Reason = "REFUSED"
	// ReasonState: the channel is in a state in which this cannot be done.
	ReasonState Reason = "STATE"
	// ReasonBusy: the disk is full or too much is under way; nothing is lost, nothing is taken.
	ReasonBusy Reason = "BUSY"
	// ReasonTimeout: the outcome is not known in time; the history will show it.
	ReasonTimeout Reason = "TIMEOUT"
	// ReasonUnavailable: this node does not answer, or does not do this.
	ReasonUnavailable Reason = "UNAVAILABLE"
	// ReasonInternal: something that should not happen.
	ReasonInternal Reason = "INTERNAL"
)

// exitCodes by reason, for scripts. 0 is success, 1 everything else, 2 wrong usage.
var exitCodes = map[Reason]int{
	ReasonInvalid: 2, ReasonToken: 3, ReasonUnavailable: 4, ReasonUnknownPeer: 10, ReasonUnknownChannel: 11, ReasonUnknownPayment: 12,
	ReasonNoRoute: 13, ReasonCapacity: 14, ReasonFee: 15, ReasonOffline: 16, ReasonExpired: 17, ReasonWrongNetwork: 18, ReasonVersion: 19,
	ReasonChain: 20, ReasonRefused: 21, ReasonState: 22, ReasonBusy: 23, ReasonTimeout: 24,
}

// ExitCode of a command that failed for this reason.
func (r Reason) ExitCode() int {
	if code, ok := exitCodes[r]; ok {
		return code
	}
	return 1
}

const domain = "photon.mesh"

// Fail makes the error of a call.
func Fail(code codes.Code, reason Reason, format string, args ...any) error {
	s := status.Newf(code, format, args...)
	if with, err := s.WithDetails(&errdetails.ErrorInfo{Reason: string(reason), Domain: domain}); err == nil {
		s = with
	}
	return s.Err()
}

// hasReason tells whether Fail made a status.
func hasReason(s *status.Status) bool {
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.Domain == domain {
			return true
		}
	}
	return false
}

// ReasonOf returns the reason in the error of a call.
func ReasonOf(err error) Reason {
	s, ok := status.FromError(err)
	if !ok {
		return ReasonInternal
	}
	for _, d := range s.Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok && info.Domain == domain {
			return Reason(info.Reason)
		}
	}
	switch s.Code() {
	case codes.Unavailable, codes.Unimplemented:
		return ReasonUnavailable
	case codes.DeadlineExceeded, codes.Canceled:
		return ReasonTimeout
	case codes.InvalidArgument:
		return ReasonInvalid
	}
	return ReasonInternal
}
