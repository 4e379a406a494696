package mongo

import (
	"errors"
	"strings"

	"go.mongodb.org/mongo-driver/v2/mongo"
)

// internalError is the code of a server's error that is no command's fault.
const internalError = 1

// Away tells an outage of the server from every other error: it does not answer,
// or it is FerretDB and the PostgreSQL beneath it does not, which it can only
// say in words.
func Away(err error) bool {
	if err == nil {
		return false
	}
	if mongo.IsNetworkError(err) || mongo.IsTimeout(err) || strings.Contains(err.Error(), poolCleared) {
		return true
	}
	var server mongo.ServerError
	if !errors.As(err, &server) || !server.HasErrorCode(internalError) {
		return false
	}
	for _, words := range beneathIsAway {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// poolCleared is what the driver says of a connection that it has given up since
// another one broke; the error has no type that is ours to know.
const poolCleared = "was cleared because another operation failed"

// beneathIsAway are what FerretDB's driver of PostgreSQL says of a server that
// is not there, stops, or is about to start (PostgreSQL, Appendix A, class 57).
var beneathIsAway = []string{
	"failed to connect to", "conn closed", "unexpected EOF", "connection reset by peer", "broken pipe", "SQLSTATE 57P0",
}
