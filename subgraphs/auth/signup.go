package auth

import (
	"context"
	"time"

	"heddle/internal/caller"
	"heddle/internal/fault"
)

// A sign-up goes in three steps, since two domains keep a part of it each: the
// e-mail address is reserved here, the person's record is made in the graph, and
// the account is activated here. Between the steps the process may end: then the
// reservation stays, and the next sign-up with the address takes it over, with
// the id that it had, so that the person's record is made once.

// signUpLease is how long nobody else may take over a sign-up that is under
// way. It is longer than the steps can take.
const signUpLease = 30 * time.Second

// abandonedAfter is when a reservation is thrown away that nobody took over.
const abandonedAfter = 24 * time.Hour

// Reservation keeps an e-mail address for a sign-up that has begun.
type Reservation struct {
	PersonID string // of a new reservation; one that is taken over keeps its own
	Attempt  string // who is at it
	Email    string
	Password string // its hash
	Key      *string
	At       time.Time
}

// Reserved is what a sign-up with an address finds.
type Reserved struct {
	Account   *Account // whose it is now, or has been
	Active    bool     // the address has an account already
	TakenOver bool     // an earlier sign-up may have made the person's record
	Key       *string  // with which the account was made
}

// reservable tells whether a reservation that stands may be taken over.
func reservable(leasedUntil *time.Time, now time.Time) error {
	if leasedUntil != nil && now.Before(*leasedUntil) {
		return taken("Somebody is signing up with this e-mail address at this moment.")
	}
	return nil
}

func taken(sentence string) error {
	return fault.New(fault.Conflict, "%s", sentence).With("field", "email")
}

func (m mutation) SignUp(ctx context.Context, in SignUpInput) (*AuthPayload, error) {
	on := device(ctx)
	if err := m.Throttle.Take(ctx, signUpAddress, on.Network()); err != nil {
		return nil, err
	}
	r, err := m.reservation(ctx, in)
	if err != nil {
		return nil, err
	}
	reserved, err := m.Store.Reserve(ctx, r)
	if err != nil {
		return nil, err
	}
	if reserved.Active {
		return m.signedUpBefore(ctx, in, reserved, on)
	}
	account := reserved.Account
	account.Roles = firstRoles(account.Email, m.Admins)
	if err := m.createUser(ctx, account, in); err != nil {
		return nil, m.release(ctx, r, reserved, err)
	}
	session, token := NewSession(m.NewID(), account.ID, on, m.Now()), newToken()
	if err := m.Store.Activate(ctx, account, r, session, token); err != nil {
		return nil, err
	}
	return m.payload(ctx, account, session, token)
}

func (m mutation) reservation(ctx context.Context, in SignUpInput) (r Reservation, err error) {
	r = Reservation{PersonID: m.NewID(), Attempt: m.NewID(), Key: in.IdempotencyKey, At: m.Now()}
	if r.Key != nil && (len(*r.Key) == 0 || len(*r.Key) > 255) {
		return r, fault.Field("idempotencyKey", "An idempotency key has 1 to 255 characters.")
	}
	if r.Email, err = normalEmail(in.Email); err != nil {
		return r, err
	}
	if err = checkPassword("password", in.Password, r.Email, in.Username); err != nil {
		return r, err
	}
	r.Password, err = m.Hasher.Hash(ctx, in.Password)
	return r, err
}

// signedUpBefore answers the repetition of a sign-up whose reply was lost, and
// refuses every other one.
func (m mutation) signedUpBefore(ctx context.Context, in SignUpInput, reserved Reserved, on caller.Device) (*AuthPayload, error) {
	exists := taken("There is an account with this e-mail address already.")
	if in.IdempotencyKey == nil || reserved.Key == nil || *in.IdempotencyKey != *reserved.Key {
		return nil, exists
	}
	if err := m.prove(ctx, reserved.Account, reserved.Account.Email, in.Password, on); err != nil {
		if fault.Is(err, fault.Unauthenticated) {
			err = exists
		}
		return nil, err
	}
	return m.enter(ctx, reserved.Account, on)
}

// createUser makes the person's record in the graph. The same id makes one.
func (m mutation) createUser(ctx context.Context, account *Account, in SignUpInput) error {
	ctx, err := m.asService(ctx)
	if err != nil {
		return err
	}
	user := map[string]any{
		"id": account.ID, "username": in.Username, "email": account.Email, "firstName": in.FirstName, "lastName": in.LastName,
	}
	var made struct{}
	return m.Graph.Ask(ctx, `mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }`,
		map[string]any{"input": user}, &made)
}

// release lets go of the reservation after createUser failed. It forgets one
// that it made, if the graph has said that no record was made; a record that may
// be there waits for the next sign-up with the address.
func (m mutation) release(ctx context.Context, r Reservation, reserved Reserved, cause error) error {
	refused := fault.Is(cause, fault.Conflict) || fault.Is(cause, fault.BadInput)
	if err := m.Store.Release(context.WithoutCancel(ctx), r, refused && !reserved.TakenOver); err != nil {
		m.Log.WarnContext(ctx, "a sign-up that failed keeps its e-mail address until its lease ends", "error", err)
	}
	return cause
}
