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
	keysPause    = 10 * time.Second // between fetches, so that forged key ids cost an issuer nothing
	keysMaxBytes = 1 << 20          // of a key set
)

// keySet holds the public keys of one issuer, as last fetched. A key id that
// is not in it causes a new fetch; an issuer that does not answer leaves the
// old keys in force.
type keySet struct {
	url    string
	client *http.Client
	now    func() time.Time
	flight singleflight.Group

	mu      sync.Mutex
	keys    map[string]publicKey
	fetched time.Time // when the last successful fetch ended
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
	key, known, fresh := s.look(id)
	if !known && !fresh {
		if err := s.refresh(ctx); err != nil {
			return nil, fault.New(fault.Unavailable, "The access token cannot be checked now: its issuer does not answer.")
		}
		key, known, _ = s.look(id)
	}
	if !known || (key.algorithm != "" && key.algorithm != algorithm) {
		return nil, fault.New(fault.Unauthenticated, "The access token is signed with an unknown key.")
	}
	return key.key, nil
}

func (s *keySet) look(id string) (key publicKey, known, fresh bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, known = s.keys[id]
	return key, known, s.now().Sub(s.fetched) < keysPause
}

func (s *keySet) refresh(ctx context.Context) error {
	_, err, _ := s.flight.Do("", func() (any, error) {
		keys, err := s.fetch(context.WithoutCancel(ctx))
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.keys, s.fetched = keys, s.now()
		return nil, nil
	})
	return err
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
