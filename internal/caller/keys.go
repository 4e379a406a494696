package caller

import (
	"context"
	"crypto"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/MicahParks/jwkset"
	"golang.org/x/sync/singleflight"

	"heddle/internal/fault"
)

const (
	keysTimeout  = 5 * time.Second  // for one fetch of a key set
	keysMaxBytes = 1 << 20          // of a key set
	keysPause    = 10 * time.Second // between fetches, so that forged key ids cost an issuer nothing
	keysRetry    = time.Second      // between fetches while the issuer does not answer
	keysFresh    = 10 * time.Minute // until a set is fetched again, in the background
	keysStale    = 30 * time.Minute // until it is fetched again before it is used
)

// keySet holds the public keys of one issuer, as last fetched. A key id that
// is not in it causes a new fetch, and so does age: a key that the issuer has
// withdrawn is out of force after keysStale at the latest. An issuer that does
// not answer leaves the old keys in force.
type keySet struct {
	url    string
	client *http.Client
	now    func() time.Time
	flight singleflight.Group

	mu      sync.Mutex
	keys    map[string]publicKey
	fetched time.Time // when the last successful fetch ended
	tried   time.Time // when the last fetch ended
	failure error     // of the last fetch
}

type publicKey struct {
	algorithm string // empty if the set does not say
	key       crypto.PublicKey
}

func newKeySet(url string) *keySet {
	return &keySet{url: url, client: &http.Client{Timeout: keysTimeout}, now: time.Now}
}

// find returns the key with the id, for the algorithm.
func (s *keySet) find(ctx context.Context, id, algorithm string) (crypto.PublicKey, error) {
	key, known, todo := s.look(id)
	switch todo {
	case fetchNow:
		s.refresh(ctx)
		key, known, _ = s.look(id)
	case fetchBeside:
		go s.refresh(context.WithoutCancel(ctx))
	}
	if !known && s.failing() {
		return nil, fault.New(fault.Unavailable, "The access token cannot be checked now: its issuer does not answer.")
	}
	if !known || (key.algorithm != "" && key.algorithm != algorithm) {
		return nil, fault.New(fault.Unauthenticated, "The access token is signed with an unknown key.")
	}
	return key.key, nil
}

// errand says whether the set has to be fetched, and whether to wait for it.
type errand int

const (
	fetchNothing errand = iota
	fetchBeside
	fetchNow
)

func (s *keySet) look(id string) (key publicKey, known bool, todo errand) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, known = s.keys[id]
	pause := keysPause
	if s.failure != nil {
		pause = keysRetry
	}
	age := s.now().Sub(s.fetched)
	switch {
	case s.now().Sub(s.tried) < pause:
	case !known || age > keysStale:
		todo = fetchNow
	case age > keysFresh:
		todo, s.tried = fetchBeside, s.now() // for the others, it is under way
	}
	return key, known, todo
}

func (s *keySet) failing() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure != nil
}

// refresh fetches the set, once for all who ask for it meanwhile.
func (s *keySet) refresh(ctx context.Context) {
	_, _, _ = s.flight.Do("", func() (any, error) {
		keys, err := s.fetch(context.WithoutCancel(ctx))
		s.mu.Lock()
		defer s.mu.Unlock()
		s.tried, s.failure = s.now(), err
		if err == nil {
			s.keys, s.fetched = keys, s.tried
		}
		return nil, nil
	})
}

func (s *keySet) fetch(ctx context.Context) (map[string]publicKey, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch key set: %w", err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch key set: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch key set %s: status %d", s.url, response.StatusCode)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, keysMaxBytes))
	if err != nil {
		return nil, fmt.Errorf("fetch key set %s: %w", s.url, err)
	}
	return parseKeys(body)
}

func parseKeys(body []byte) (map[string]publicKey, error) {
	var set jwkset.JWKSMarshal
	if err := json.Unmarshal(body, &set); err != nil {
		return nil, fmt.Errorf("read key set: %w", err)
	}
	keys := make(map[string]publicKey, len(set.Keys))
	for _, marshal := range set.Keys {
		if marshal.USE == jwkset.UseEnc {
			continue
		}
		jwk, err := jwkset.NewJWKFromMarshal(marshal, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{})
		if err != nil {
			continue // a kind of key that is not known here signs no token that is accepted here
		}
		public, ok := jwk.Key().(crypto.PublicKey)
		if !ok {
			continue
		}
		keys[marshal.KID] = publicKey{algorithm: marshal.ALG.String(), key: public}
	}
	return keys, nil
}
