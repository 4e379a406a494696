package presence

import (
	"context"
	"time"

	"heddle/internal/caller"
	"heddle/internal/fault"
	"heddle/internal/membership"
)

type mutation struct{ *Resolvers }

// Mutation answers the fields of Mutation.
func (r *Resolvers) Mutation() mutation { return mutation{r} }

func (m mutation) GoOnline(ctx context.Context, in GoOnlineInput) (*GoOnlinePayload, error) {
	p, expires, err := m.renew(ctx, in.DeviceID, in.RoomID, nil)
	if err != nil {
		return nil, err
	}
	return &GoOnlinePayload{Presence: p, ExpiresAt: expires, HeartbeatEvery: int(heartbeatEvery / time.Second)}, nil
}

func (m mutation) Heartbeat(ctx context.Context, in HeartbeatInput) (*HeartbeatPayload, error) {
	p, expires, err := m.renew(ctx, in.DeviceID, in.RoomID, nil)
	if err != nil {
		return nil, err
	}
	return &HeartbeatPayload{Presence: p, ExpiresAt: expires}, nil
}

func (m mutation) SetTyping(ctx context.Context, in SetTypingInput) (*SetTypingPayload, error) {
	p, expires, err := m.renew(ctx, in.DeviceID, &in.RoomID, &in.Typing)
	if err != nil {
		return nil, err
	}
	return &SetTypingPayload{Presence: p, ExpiresAt: expires}, nil
}

// renew has the caller's device there for a while from now. Somebody who left
// the room cannot come back by a heartbeat.
func (m mutation) renew(ctx context.Context, device string, room *string, typing *bool) (*Presence, time.Time, error) {
	now := m.Now()
	expires := now.Add(deviceFor)
	d, err := m.device(ctx, device, room)
	if err != nil {
		return nil, expires, err
	}
	if d.RoomID != "" {
		if err := membership.Require(ctx, m.Graph, d.RoomID); err != nil {
			return nil, expires, err
		}
	}
	var t *Typing
	if typing != nil {
		t = &Typing{On: *typing, Expires: now.Add(typingFor)}
	}
	p, err := m.Store.Renew(ctx, d, now, expires, t)
	return p, expires, away(err)
}

// GoOffline asks nobody whether the caller is in the room: they may always go.
func (m mutation) GoOffline(ctx context.Context, in GoOfflineInput) (*GoOfflinePayload, error) {
	d, err := m.device(ctx, in.DeviceID, in.RoomID)
	if err != nil {
		return nil, err
	}
	p, err := m.Store.Remove(ctx, d, m.Now())
	if err != nil {
		return nil, away(err)
	}
	return &GoOfflinePayload{Presence: p}, nil
}

func (m mutation) device(ctx context.Context, name string, room *string) (Device, error) {
	c, err := caller.RequirePerson(ctx)
	if err != nil {
		return Device{}, err
	}
	return NewDevice(c.ID, name, room)
}

// away says that what is needed does not answer: all that this domain needs is
// Redis, so whatever it gives as an error is that.
func away(err error) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Unavailable, err, "Who is online cannot be told now. Try again.")
}
