package notifications

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"heddle/internal/events"
)

// The domain publishes no events: people hear over Redis what they are told.

// What the domain reads of others' events.
type (
	studentCreated struct {
		StudentID string `json:"studentId"`
		TeacherID string `json:"teacherId"`
	}
	roomInvited struct {
		RoomID    string `json:"roomId"`
		UserID    string `json:"userId"`
		InviterID string `json:"inviterId"`
	}
)

// handlers are the events that the domain listens to.
func (r *Resolvers) handlers() map[string]events.Handler {
	about := func(ctx context.Context, tx pgx.Tx, e events.Event) error { return eraseAbout(ctx, tx, e.Entity) }
	return map[string]events.Handler{
		"student.created":  r.studentCreated,
		"student.deleted":  about,
		"room.invited":     r.roomInvited,
		"room.deleted":     about,
		"password.changed": func(ctx context.Context, tx pgx.Tx, e events.Event) error { return eraseResets(ctx, tx, e.Entity) },
		"user.deleted":     func(ctx context.Context, tx pgx.Tx, e events.Event) error { return erasePerson(ctx, tx, e.Entity) },
	}
}

// studentCreated welcomes the teacher.
func (r *Resolvers) studentCreated(ctx context.Context, tx pgx.Tx, e events.Event) error {
	data, err := events.Data[studentCreated](e)
	if err != nil {
		return err
	}
	if data.TeacherID == "" {
		return nil // a student without a teacher
	}
	link := "/students/" + data.StudentID
	return r.react(ctx, tx, e, templateStudentCreated, data.TeacherID, &link,
		[]string{data.StudentID}, map[string]Lookup{"student": {"student", data.StudentID}})
}

// roomInvited tells a person that they are invited.
func (r *Resolvers) roomInvited(ctx context.Context, tx pgx.Tx, e events.Event) error {
	data, err := events.Data[roomInvited](e)
	if err != nil {
		return err
	}
	link := "/rooms/" + data.RoomID
	return r.react(ctx, tx, e, templateRoomInvited, data.UserID, &link,
		[]string{data.RoomID, data.InviterID}, map[string]Lookup{"room": {"room", data.RoomID}, "inviter": {"user", data.InviterID}})
}

// react puts into the queue that a person is told of an event, in its
// transaction: once, however often the event comes.
func (r *Resolvers) react(ctx context.Context, tx pgx.Tx, e events.Event, template, person string, link *string, about []string, names map[string]Lookup) error {
	version, err := r.Store.ActiveVersion(ctx, template)
	if err != nil {
		return err
	}
	if version == nil {
		return fmt.Errorf("there is no template %q", template)
	}
	source := "event " + e.ID
	return r.Store.ask(ctx, tx, &Request{
		ID: r.NewID(), Source: &source, PersonID: &person, Template: version.Template, Version: version.Version, Category: version.Category,
		Variables: map[string]any{}, Lookups: names, Link: link, About: about, CreatedAt: r.Now(),
	})
}
