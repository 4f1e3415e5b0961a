package document

import (
	"encoding/hex"
	"fmt"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/meshchain/meshchain/x/channels/types"
)

// explanation collects fields.
type explanation []Field

func (e *explanation) add(name string, value any) {
	*e = append(*e, Field{name, fmt.Sprint(value)})
}

func (e *explanation) place(p types.Place) {
	e.add("domain", hex.EncodeToString(p.Domain[:]))
	e.add("channel", p.Channel)
	e.add("epoch", p.Epoch)
}

func (e *explanation) hash(name string, h types.Hash) {
	if h == (types.Hash{}) {
		e.add(name, "none")
		return
	}
	e.add(name, hex.EncodeToString(h[:]))
}

func (e *explanation) balances(b types.Balances) {
	e.place(b.Place)
	for i, name := range []string{"opener", "partner"} {
		e.add("deposit of the "+name, b.Deposit[i])
		e.add("transferred by the "+name, b.Transferred[i])
		e.add("last nonce of the "+name, b.Nonce[i])
		e.add("payout to the "+name, b.Payout[i])
	}
}

func side(n uint8) string { return fmt.Sprintf("%d (%s)", n, []string{"opener", "partner"}[n]) }

// Explain returns the fields of the bytes, or why they are wrong.
func (d *Document) Explain() ([]Field, error) {
	b, err := d.Message()
	if err != nil {
		return nil, err
	}
	var e explanation
	switch d.Kind {
	case KindProof:
		p, err := types.ParseBalanceProof(b)
		if err != nil {
			return nil, err
		}
		e.place(p.Place)
		e.add("sender", side(p.Sender))
		e.add("nonce", p.Nonce)
		e.add("transferred", p.Transferred)
		e.add("locked", p.Locked)
		e.hash("locks_root", p.LocksRoot)
		e.add("lock_count", p.LockCount)
		e.hash("log_head", p.LogHead)
	case KindOpen:
		t, err := types.ParseOpenTerms(b)
		if err != nil {
			return nil, err
		}
		e.add("domain", hex.EncodeToString(t.Domain[:]))
		for i, name := range []string{"opener", "partner"} {
			e.add(name, sdk.AccAddress(t.Account[i]).String())
			e.add(name+" key", t.Key[i].Text())
		}
		if t.Guarantor != nil {
			e.add("guarantor", sdk.AccAddress(t.Guarantor).String())
		}
		e.add("deposit", t.Deposit)
		e.add("challenge", fmt.Sprintf("%d s", t.Challenge))
		e.add("valid_until", t.ValidUntil)
	case KindWithdraw:
		w, err := types.ParseWithdraw(b)
		if err != nil {
			return nil, err
		}
		e.balances(w.Balances)
		if w.Rotate != types.NoRotation {
			e.add("new key of participant "+side(w.Rotate), w.NewKey.Text())
		}
		e.add("valid_until", w.ValidUntil)
	case KindCooperative:
		c, err := types.ParseCooperativeClose(b)
		if err != nil {
			return nil, err
		}
		e.balances(c.Balances)
		e.add("valid_until", c.ValidUntil)
	case KindClose:
		c, err := types.ParseCloseAuthorization(b)
		if err != nil {
			return nil, err
		}
		e.place(c.Place)
		e.add("closer", side(c.Closer))
		e.add("recovering", c.Recovering)
		e.hash("hash of the partner's proof", c.PartnerProof)
		e.hash("hash of the claim", c.Claim)
		e.add("valid_until", c.ValidUntil)
	case KindDelegation:
		g, err := types.ParseDelegation(b)
		if err != nil {
			return nil, err
		}
		e.place(g.Place)
		e.add("delegator", side(g.Delegator))
		e.add("tower", sdk.AccAddress(g.Tower).String())
		e.add("reward", g.Reward)
		e.add("expiry", g.Expiry)
	case KindDisposal:
		p, err := types.ParseDisposal(b)
		if err != nil {
			return nil, err
		}
		e.place(p.Place)
		e.add("sender of the lock", side(p.Sender))
		e.add("lock_id", p.LockID)
		e.hash("hash", p.Hash)
	case KindApproval:
		a, err := types.ParseApproval(b)
		if err != nil {
			return nil, err
		}
		e.place(a.Place)
		e.add("purpose", fmt.Sprintf("%d (%s)", a.Purpose, []string{"open", "deposit", "withdraw", "cooperative close"}[a.Purpose-1]))
		e.hash("hash of what is approved", a.Subject)
		e.add("amount", a.Amount)
		e.add("valid_until", a.ValidUntil)
	default:
		return nil, fmt.Errorf("kind %q: must be proof, open, withdraw, cooperative-close, close, delegation, disposal or approval", d.Kind)
	}
	return e, nil
}
