package messages_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
)

// What a person has said is gone everywhere when their account is, and those
// who listen hear of it.
func TestEvents_user_deleted(t *testing.T) {
	w := newWorld(t)
	ada, grace := w.Person(), w.Person()
	one, two := w.room(ada, grace), w.room(ada, grace)
	gone := w.say(grace, one, "personal", "more")
	w.say(ada, one, "between")
	gone = append(gone, w.say(grace, one, "even more")...)
	w.say(grace, two, "elsewhere")
	w.messages.Get(grace, createMessage, variables{"room": two, "text": "by key", "key": "k"}, &map[string]any{})
	created := w.listen(w.messages, ada, one)
	answered := w.Answered()
	deleted := w.messages.Subscribe(ada, `subscription($room: ID!) { messageDeleted(roomId: $room) { deletedMessageId } }`, variables{"room": one})
	w.AwaitAnswers(answered + 1)

	w.Publish("user.deleted", grace.ID)

	var heardOf []string
	for range gone {
		var got struct {
			MessageDeleted struct{ DeletedMessageID string }
		}
		deleted.Get(&got)
		heardOf = append(heardOf, got.MessageDeleted.DeletedMessageID)
	}
	if diff := cmp.Diff(gone, heardOf); diff != "" {
		t.Errorf("deletions heard (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"between"}, w.read(ada, one, nil).texts()); diff != "" {
		t.Errorf("left in one room (-want +got):\n%s", diff)
	}
	if got := w.read(ada, two, nil); len(got.Edges) != 0 {
		t.Errorf("left in the other room: %+v, want nothing", got.texts())
	}
	w.say(ada, one, "goes on")
	wantHeard(t, created, "goes on")
	if found := w.traces(grace.ID); len(found) > 0 {
		t.Errorf("traces of the person in %q", found)
	}
}

// traces looks for a text in every row of every table of the domain, but for
// the record that the deletion itself was handled.
func (w *world) traces(text string) (found []string) {
	w.t.Helper()
	pool, err := w.Env.Postgres.Open(w.t.Context(), "code_talk_messages")
	if err != nil {
		w.t.Fatal(err)
	}
	defer pool.Close()
	rows, err := pool.Query(w.t.Context(), `SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`)
	if err != nil {
		w.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || !slices.Contains(tables, "messages") {
		w.t.Fatalf("tables %q: %v", tables, err)
	}
	for _, table := range tables {
		var n int
		err := pool.QueryRow(w.t.Context(), `SELECT count(*) FROM `+pgx.Identifier{table}.Sanitize()+` r WHERE strpos(r::text, $1) > 0`, text).Scan(&n)
		if err != nil {
			w.t.Fatal(err)
		}
		if n > 0 && table != "inbox" {
			found = append(found, table)
		}
	}
	return found
}

func TestEvents_room_deleted(t *testing.T) {
	for _, c := range []struct{ name, mutation string }{
		{"by its owner", `mutation($id: ID!) { deleteRoom(input: {roomId: $id}) { deletedRoomId } }`},
		{"left by everybody", `mutation($id: ID!) { leaveRoom(input: {roomId: $id}) { room { id } } }`},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			ada := w.Person()
			room, other := w.room(ada), w.room(ada)
			w.say(ada, room, "gone")
			w.say(ada, other, "stays")
			mark := w.Statements.Mark()
			w.change(ada, c.mutation, variables{"id": room})
			w.Statements.Await(mark, "DELETE FROM messages", 1)
			w.Statements.Await(mark, "commit", 2) // of rooms and of messages
			if found := w.traces("gone"); len(found) > 0 {
				t.Errorf("traces of the room's messages in %q", found)
			}
			if diff := cmp.Diff([]string{"stays"}, w.read(ada, other, nil).texts()); diff != "" {
				t.Errorf("left in another room (-want +got):\n%s", diff)
			}
		})
	}
}

// A message that was on its way when its room was deleted is not kept.
func TestStore_Create_room_is_gone(t *testing.T) {
	w := newWorld(t)
	store := openStore(t, w.World)
	room := newID()
	mark := w.Statements.Mark()
	w.Publish("room.deleted", room)
	w.Statements.Await(mark, "DELETE FROM messages", 1)
	w.Statements.Await(mark, "commit", 2) // of the event and of its effect
	_, err := store.Create(t.Context(), write(t, room, newID(), "late"), nil)
	if want := `There is no room "` + room + `".`; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
