package keeper

import (
	"context"
	"errors"
	"time"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/did/types"
	transackettypes "github.com/meshchain/meshchain/x/transacket/types"
)

// inquire asks another zone for a certificate: a TransacKet of the payer, so that its
// payment comes back to the payer if the question is not delivered. The answer rides in
// the acknowledgement.
func (k Keeper) inquire(ctx context.Context, msg *types.MsgInquire) (types.Inquiry, error) {
	inquiry := types.Inquiry{Did: msg.Did, Kind: msg.Kind, Payer: msg.Payer}
	did, err := types.ParseDID(msg.Did)
	if err != nil {
		return inquiry, err
	}
	namespace, err := k.Namespace(ctx)
	if err != nil {
		return inquiry, err
	}
	if did.Namespace == namespace {
		return inquiry, errorsmod.Wrapf(types.ErrInquiry, "did %s: is of this chain", did)
	}
	question := types.CertificateQuestion{Subject: did.ID[:], Kind: msg.Kind}
	body, err := question.Marshal()
	if err != nil {
		return inquiry, err
	}
	envelope := transackettypes.Inband(body)
	envelope.Topic, envelope.Receipt = types.TopicCertificate, transackettypes.RECEIPT_PROCESSED
	if inquiry.Channel, envelope.Zone, err = k.way(ctx, namespace, did.Namespace); err != nil {
		return inquiry, err
	}
	timeout := types.QuestionTimeout
	sent, err := k.sender.Send(ctx, &transackettypes.MsgSend{
		Sender: msg.Payer, To: types.InquiryAddress().String(), Channel: inquiry.Channel, Envelope: envelope, Payment: msg.Payment, Timeout: &timeout,
	})
	if err != nil {
		return inquiry, errorsmod.Wrapf(err, "question to zone %s", did.Namespace)
	}
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	inquiry.Sequence, inquiry.Deadline = sent.Sequence, sdkCtx.BlockTime().Add(timeout).Unix()
	if err := k.putInquiry(ctx, inquiry); err != nil {
		return inquiry, err
	}
	return inquiry, sdkCtx.EventManager().EmitTypedEvent(&types.EventInquired{Inquiry: inquiry})
}

func (k Keeper) putInquiry(ctx context.Context, q types.Inquiry) error {
	if err := k.InquiryDeadlines.Set(ctx, collections.Join3(q.Deadline, q.Channel, q.Sequence)); err != nil {
		return err
	}
	return k.Inquiries.Set(ctx, collections.Join(q.Channel, q.Sequence), q)
}

func (k Keeper) removeInquiry(ctx context.Context, q types.Inquiry) error {
	if err := k.InquiryDeadlines.Remove(ctx, collections.Join3(q.Deadline, q.Channel, q.Sequence)); err != nil {
		return err
	}
	return k.Inquiries.Remove(ctx, collections.Join(q.Channel, q.Sequence))
}

// forget removes questions that nobody can answer any more: an answer was given before
// the deadline of its packet, and is believed for the parameter visitor_validity. So a
// zone that is dead, whose packets never even time out, leaves nothing behind; its
// payment comes back by ICS-20 as soon as the time-out can be proved.
func (k Keeper) forget(ctx context.Context, params types.Params) error {
	sdkCtx := sdk.UnwrapSDKContext(ctx)
	until := sdkCtx.BlockTime().Add(-params.VisitorValidity).Unix()
	over, err := due(ctx, k.InquiryDeadlines, int(params.MaxExpirePerBlock), func(key InquiryDeadlineKey) bool { return key.K1() < until })
	if err != nil {
		return err
	}
	for _, key := range over {
		inquiry, err := k.Inquiries.Get(ctx, collections.Join(key.K2(), key.K3()))
		if err != nil {
			return err
		}
		if err := k.removeInquiry(ctx, inquiry); err != nil {
			return err
		}
		unanswered := &types.EventUnanswered{Inquiry: inquiry, Reason: "no answer came while it could have been believed"}
		if err := sdkCtx.EventManager().EmitTypedEvent(unanswered); err != nil {
			return err
		}
	}
	return nil
}

// way to another zone: straight from the main chain, through the hub from a zone, which
// passes on what names the zone.
func (k Keeper) way(ctx context.Context, from, to string) (channel, zone string, err error) {
	if k.sender == nil {
		return "", "", errorsmod.Wrap(types.ErrInquiry, "this chain sends no TransacKets (x/transacket is not wired)")
	}
	if from == types.NamespaceMain {
		channel, err = k.zones.RouteByZone(ctx, to)
		return channel, "", err
	}
	hub, pinned, err := k.zones.Hub(ctx)
	if err == nil && !pinned {
		err = errorsmod.Wrap(types.ErrInquiry, "this zone has no hub to ask through: pin it with x/zones MsgPinHub")
	}
	return hub.ChannelId, to, err
}

// Hooks let the module answer questions and take answers.
type Hooks struct{ k Keeper }

var (
	_ transackettypes.SelectiveHooks = Hooks{}
	_ transackettypes.AnswerHooks    = Hooks{}
)

// Hooks returns the hooks of the module, for x/transacket.
func (k Keeper) Hooks() Hooks { return Hooks{k} }

// Wants implements transackettypes.SelectiveHooks.
func (Hooks) Wants(_ context.Context, t transackettypes.Transacket) bool {
	return t.To == types.InquiryAddress().String()
}

// OnTransacket implements transackettypes.TransacketHooks: whatever comes to the
// inquiry account is a question and is answered, whoever asks: certificates are public.
// That there is none is an answer, too; only what is no question is refused, and its
// payment goes back.
func (h Hooks) OnTransacket(ctx context.Context, t transackettypes.Transacket) (transackettypes.HookResult, error) {
	var result transackettypes.HookResult
	if !h.Wants(ctx, t) {
		return result, nil
	}
	body, ok := t.Envelope.Body.(*transackettypes.Envelope_Inband)
	if !ok || t.Envelope.Topic != types.TopicCertificate {
		return result, errorsmod.Wrapf(types.ErrInquiry, "topic %q: must be %s, with the question in band", t.Envelope.Topic, types.TopicCertificate)
	}
	question, err := types.DecodeQuestion(body.Inband)
	if err != nil {
		return result, err
	}
	answer, err := h.k.answer(ctx, question)
	if err != nil {
		return result, err
	}
	result.Handled = true
	result.Reply, err = answer.Encode()
	return result, err
}

// answer says what this chain knows of a certificate, in the form that fits an
// acknowledgement. What does not hold although its status is valid, because its
// authority is suspended or a DID deactivated, is answered as suspended.
func (k Keeper) answer(ctx context.Context, q types.CertificateQuestion) (types.CompactCertificate, error) {
	now := sdk.UnwrapSDKContext(ctx).BlockTime()
	answer := types.CompactCertificate{Subject: q.Subject, Kind: q.Kind, Checked: now.Unix()}
	namespace, err := k.Namespace(ctx)
	if err != nil {
		return answer, err
	}
	subject := types.DID{Namespace: namespace, ID: types.ID(q.Subject)}
	c, found, reason, err := k.best(ctx, subject, q.Kind)
	if err != nil || !found {
		return answer, err
	}
	key, err := k.assertionKey(ctx, subject)
	if err != nil || key == nil {
		return answer, err // nothing that others could check: as good as none
	}
	authority, err := k.Authorities.Get(ctx, c.Authority)
	if err != nil {
		return answer, err
	}
	issuer, err := types.ParseDID(authority.Did)
	if err != nil {
		return answer, err
	}
	answer.Status = c.StatusAt(now)
	if answer.Status == types.CERTIFICATE_STATUS_VALID && reason != nil && !errors.Is(reason, types.ErrValidity) {
		answer.Status = types.CERTIFICATE_STATUS_SUSPENDED
	}
	answer.Issuer, answer.Serial = issuer.ID[:], c.Terms.Serial
	answer.ValidFrom, answer.ValidUntil = c.Terms.ValidFrom, c.Terms.ValidUntil
	answer.AttributesHash, answer.Cell, answer.Key = c.Terms.AttributesHash, c.Terms.Cell, key
	return answer, nil
}

// assertionKey returns the first key of a subject that makes assertions; nil if it has
// none.
func (k Keeper) assertionKey(ctx context.Context, subject types.DID) (*types.PublicKey, error) {
	document, _, err := k.Resolve(ctx, subject, 0, nil)
	if err != nil {
		return nil, err
	}
	for i := range document.VerificationMethods {
		if method := &document.VerificationMethods[i]; method.For(types.RELATIONSHIP_ASSERTION_METHOD) {
			return &method.PublicKey, nil
		}
	}
	return nil, nil
}

// Asked implements transackettypes.AnswerHooks.
func (h Hooks) Asked(ctx context.Context, channel string, sequence uint64) bool {
	asked, err := h.k.Inquiries.Has(ctx, collections.Join(channel, sequence))
	return err == nil && asked
}

// OnAnswer implements transackettypes.AnswerHooks: takes the answer of another zone. It
// came with the acknowledgement of our packet, through the hub that we believe.
func (h Hooks) OnAnswer(ctx context.Context, channel string, sequence uint64, receipt *transackettypes.TransacketAck) error {
	k, key := h.k, collections.Join(channel, sequence)
	inquiry, err := k.Inquiries.Get(ctx, key)
	if err != nil {
		return err
	}
	if err := k.removeInquiry(ctx, inquiry); err != nil {
		return err
	}
	events := sdk.UnwrapSDKContext(ctx).EventManager()
	if receipt == nil {
		return events.EmitTypedEvent(&types.EventUnanswered{Inquiry: inquiry, Reason: "not delivered; the payment is back with its payer"})
	}
	visitor, err := k.learn(ctx, inquiry, receipt.Reply)
	if errors.Is(err, types.ErrAnswer) {
		return events.EmitTypedEvent(&types.EventUnanswered{Inquiry: inquiry, Reason: err.Error()})
	}
	if err != nil {
		return err
	}
	return events.EmitTypedEvent(&types.EventAnswered{Visitor: visitor})
}

// learn stores an answer in place of the one before about the same kind, unless that is newer: answers
// may overtake each other. It is believed for the parameter visitor_validity after its zone
// gave it, and not longer than the certificate itself.
func (k Keeper) learn(ctx context.Context, inquiry types.Inquiry, reply []byte) (types.Visitor, error) {
	visitor := types.Visitor{Did: inquiry.Did}
	did, err := types.ParseDID(inquiry.Did)
	if err != nil {
		return visitor, err
	}
	answer, err := types.DecodeCompact(reply)
	if err != nil {
		return visitor, errorsmod.Wrapf(types.ErrAnswer, "%s", err)
	}
	if types.ID(answer.Subject) != did.ID || answer.Kind != inquiry.Kind {
		return visitor, errorsmod.Wrapf(types.ErrAnswer, "about %s as %s: asked was %s as %s", types.ID(answer.Subject), answer.Kind.Word(), did.ID, inquiry.Kind.Word())
	}
	params, err := k.Params.Get(ctx)
	if err != nil {
		return visitor, err
	}
	told := types.VisitorAnswer{Certificate: answer, Channel: inquiry.Channel}
	told.Expires = time.Unix(min(answer.Checked, sdk.UnwrapSDKContext(ctx).BlockTime().Unix()), 0).Add(params.VisitorValidity).UTC()
	if until := time.Unix(answer.ValidUntil, 0).UTC(); answer.Status != types.CERTIFICATE_STATUS_UNSPECIFIED && until.Before(told.Expires) {
		told.Expires = until
	}
	old, err := k.Visitors.Get(ctx, inquiry.Did)
	switch {
	case errors.Is(err, collections.ErrNotFound):
		visitor.SetAnswer(told)
		if answer.Status == types.CERTIFICATE_STATUS_UNSPECIFIED {
			return visitor, nil // nothing to keep
		}
		return visitor, k.Visitors.Set(ctx, inquiry.Did, visitor)
	case err != nil:
		return visitor, err
	}
	if before, found := old.Answer(answer.Kind); found && before.Certificate.Checked > answer.Checked {
		return old, nil
	}
	old.SetAnswer(told)
	return old, k.Visitors.Set(ctx, inquiry.Did, old)
}
