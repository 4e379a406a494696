package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// loadDemo loads the demo data if that has not been done, and tells whether the
// demo accounts are there. The marker is written when everything is loaded;
// until then each start goes through all of it again, and every step either is
// new or finds what it made before. A load that fails is no reason not to
// serve.
func (d *dev) loadDemo(ctx context.Context) (loaded bool, err error) {
	marker := filepath.Join(d.flags.data, "demo-loaded")
	if _, err := os.Stat(marker); err == nil {
		return true, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	if !d.flags.demo {
		return false, nil
	}
	begin := time.Now()
	d.log.Info("Loading demo data.")
	l := loader{log: d.log, url: "http://" + d.reachable() + "/graphql", client: &http.Client{Timeout: time.Minute}, tokens: map[string]string{}}
	defer l.client.CloseIdleConnections()
	if err := l.load(ctx); err != nil {
		if ctx.Err() == nil {
			d.log.Warn("The demo data could not be loaded; the next start tries again.", "error", err)
		}
		return false, nil
	}
	d.took("the demo data is loaded", begin)
	return true, os.WriteFile(marker, []byte(time.Now().UTC().Format(time.RFC3339)+"\n"), 0o600)
}

// loader asks the graph as any client would.
type loader struct {
	log    *slog.Logger
	url    string
	client *http.Client
	tokens map[string]string // by username
	ids    map[string]string // of people, by username
}

func (l *loader) load(ctx context.Context) error {
	l.ids = map[string]string{}
	for _, p := range demoPeople {
		if err := l.enter(ctx, p); err != nil {
			return fmt.Errorf("account %s: %w", p.email(), err)
		}
	}
	for _, r := range demoRooms {
		if err := l.furnish(ctx, r); err != nil {
			return fmt.Errorf("room %q: %w", r.title, err)
		}
	}
	made, err := l.school(ctx)
	if err != nil {
		return fmt.Errorf("school %q: %w", demoSchool.name, err)
	}
	if !made {
		l.log.Info("The demo data has no school: its head is " + demoHead().email() + ", who is no administrator, since HEDDLE_ADMIN_EMAILS names others.")
	}
	return nil
}

// enter signs a person up, or in when the account is there already.
func (l *loader) enter(ctx context.Context, p demoPerson) error {
	type session struct {
		AccessToken string
		User        struct{ ID string }
	}
	var answer struct{ SignUp, SignIn *session }
	err := l.ask(ctx, "", `mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken user { id } } }`, map[string]any{
		"email": p.email(), "password": demoPassword, "username": p.username, "firstName": p.firstName, "lastName": p.lastName,
		"idempotencyKey": "demo-" + p.username,
	}, &answer)
	if err != nil {
		again := l.ask(ctx, "", `mutation ($input: SignInInput!) { signIn(input: $input) { accessToken user { id } } }`,
			map[string]any{"email": p.email(), "password": demoPassword}, &answer)
		if again != nil {
			return errors.Join(err, again)
		}
	}
	got := answer.SignUp
	if got == nil {
		got = answer.SignIn
	}
	if got == nil {
		return errors.New("the graph gave no session")
	}
	l.tokens[p.username], l.ids[p.username] = got.AccessToken, got.User.ID
	return nil
}

// furnish makes a room, brings its people in, and has them talk.
func (l *loader) furnish(ctx context.Context, r demoRoom) error {
	owner, visibility := r.people[0], "OPEN"
	if r.invitation {
		visibility = "INVITATION"
	}
	var made struct {
		CreateRoom struct{ Room struct{ ID string } }
	}
	err := l.ask(ctx, owner, `mutation ($input: CreateRoomInput!) { createRoom(input: $input) { room { id } } }`,
		map[string]any{"title": r.title, "visibility": visibility, "idempotencyKey": "demo-" + r.key}, &made)
	if err != nil {
		return err
	}
	room := made.CreateRoom.Room.ID
	for _, who := range r.people[1:] {
		if err := l.admit(ctx, r, room, who); err != nil {
			return err
		}
	}
	for i, line := range r.talk {
		err := l.ask(ctx, line.who, `mutation ($input: CreateMessageInput!) { createMessage(input: $input) { message { id } } }`,
			map[string]any{"roomId": room, "text": line.text, "idempotencyKey": fmt.Sprintf("demo-%s-%d", r.key, i)}, nil)
		if err != nil {
			return err
		}
	}
	for i, c := range r.code {
		if err := l.code(ctx, room, c, fmt.Sprintf("demo-%s-code-%d", r.key, i)); err != nil {
			return err
		}
	}
	return nil
}

// code has somebody write in the room and save that. What an earlier load saved
// is there once; the room reads in the end as its last snapshot.
func (l *loader) code(ctx context.Context, room string, c demoCode, key string) error {
	var texts []map[string]string
	for _, name := range slices.Sorted(maps.Keys(c.texts)) {
		texts = append(texts, map[string]string{"name": name, "content": c.texts[name]})
	}
	err := l.ask(ctx, c.who, `mutation ($input: ReplaceCodeInput!) { replaceCode(input: $input) { document { number } } }`,
		map[string]any{"roomId": room, "texts": texts}, nil)
	if err != nil {
		return err
	}
	return l.ask(ctx, c.who, `mutation ($input: SaveSnapshotInput!) { saveSnapshot(input: $input) { snapshot { number } } }`,
		map[string]any{"roomId": room, "label": c.label, "idempotencyKey": key}, nil)
}

// admit brings a person into the room, who may be in it from an earlier load.
func (l *loader) admit(ctx context.Context, r demoRoom, room, who string) error {
	if r.invitation {
		var found struct{ Room struct{ ViewerRole *string } }
		if err := l.ask(ctx, who, `query ($input: ID!) { room(id: $input) { viewerRole } }`, room, &found); err == nil && found.Room.ViewerRole != nil {
			return nil
		}
		err := l.ask(ctx, r.people[0], `mutation ($input: InviteToRoomInput!) { inviteToRoom(input: $input) { __typename } }`,
			map[string]any{"roomId": room, "userId": l.ids[who], "idempotencyKey": "demo-" + r.key + "-" + who}, nil)
		if err != nil {
			return err
		}
	}
	return l.ask(ctx, who, `mutation ($input: JoinRoomInput!) { joinRoom(input: $input) { __typename } }`, map[string]any{"roomId": room}, nil)
}

// ask runs an operation with one variable, input, as the person.
func (l *loader) ask(ctx context.Context, who, operation string, input, out any) error {
	body, err := json.Marshal(map[string]any{"query": operation, "variables": map[string]any{"input": input}})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "application/graphql-response+json")
	if who != "" {
		request.Header.Set("Authorization", "Bearer "+l.tokens[who])
	}
	response, err := l.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var answer struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return fmt.Errorf("the endpoint answered %s: %w", response.Status, err)
	}
	if len(answer.Errors) > 0 {
		return errors.New(answer.Errors[0].Message)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer.Data, out)
}
