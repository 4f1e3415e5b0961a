package payment

import "errors"

// Errors of payments. Each is wrapped with the value and what would be right.
var (
	// ErrOrder: what is to be paid makes no sense.
	ErrOrder = errors.New("invalid payment")
	// ErrInFlight: a payment with this id or hash is under way already.
	ErrInFlight = errors.New("payment is under way")
	// ErrRefused: the target does not expect this payment, or not this amount.
	ErrRefused = errors.New("the target refused the payment")
	// ErrGaveUp: all attempts or all time was used up.
	ErrGaveUp = errors.New("payment was given up")

	// ErrNoRoute is the kind of the errors below, which say why.
	ErrNoRoute = errors.New("no route")
	// ErrUnknownTarget: the target is in no announcement that was heard.
	ErrUnknownTarget = errors.New("the target is unknown")
	// ErrNoCapacity: no channel on the way can carry the amount.
	ErrNoCapacity = errors.New("capacity is too small")
	// ErrFeeCap: routes cost more than the payer allows.
	ErrFeeCap = errors.New("fee is above the cap")
	// ErrOffline: channels that could carry it are offline or disabled.
	ErrOffline = errors.New("offline")
	// ErrTooManyHops: the target is too far away.
	ErrTooManyHops = errors.New("too many hops")
	// ErrNoQuote: no mediator swaps between the domains.
	ErrNoQuote = errors.New("no quote for the swap")
	// ErrQuote: the quote that the payment is to go by has expired, or is for another payment.
	ErrQuote = errors.New("the quote cannot be used")
	// ErrPaid: the payment request was paid already.
	ErrPaid = errors.New("the payment request was paid already")
	// ErrExpired: it is too late for the payment request.
	ErrExpired = errors.New("the payment request has expired")
)
