package auth

import (
	"encoding/json"
	"net/http"
)

// jwk is a public key (RFC 7517; for Ed25519, RFC 8037).
type jwk struct {
	Type      string `json:"kty"`
	Curve     string `json:"crv"`
	X         string `json:"x"`
	ID        string `json:"kid"`
	Use       string `json:"use"`
	Algorithm string `json:"alg"`
}

// Routes are the paths that the domain answers beside the graph: the key set by
// which others check its tokens.
func (r *Resolvers) Routes() map[string]http.Handler {
	return map[string]http.Handler{"/.well-known/jwks.json": http.HandlerFunc(r.jwks)}
}

func (r *Resolvers) jwks(w http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodGet && request.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "The key set can only be read.", http.StatusMethodNotAllowed)
		return
	}
	keys, err := r.Keys.Public(request.Context())
	if err != nil {
		r.Log.ErrorContext(request.Context(), "no key set", "error", err)
		http.Error(w, "The keys cannot be read now.", http.StatusServiceUnavailable)
		return
	}
	set := struct {
		Keys []jwk `json:"keys"`
	}{make([]jwk, len(keys))}
	for i, key := range keys {
		set.Keys[i] = jwk{Type: "OKP", Curve: "Ed25519", X: encode(key.Public), ID: key.ID, Use: "sig", Algorithm: "EdDSA"}
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=30")
	_ = json.NewEncoder(w).Encode(set) // the reader may be gone
}
