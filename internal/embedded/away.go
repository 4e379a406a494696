package embedded

import (
	"encoding/binary"
	"strings"
)

// internalError is the code of an error that FerretDB has no better name for.
const internalError = 1

// signs are what FerretDB's error says when the PostgreSQL beneath it is not
// there: it could not connect, or the connection was ended (SQLSTATE 57P01 to
// 57P03: by an administrator, by a crash, or because the server is starting).
var signs = []string{"failed to connect to", "SQLSTATE 57P0", "unexpected EOF", "conn closed", "connection reset by peer", "broken pipe"}

// saysAway tells whether a reply says that PostgreSQL is not there. A MongoDB
// whose storage has gone does not answer at all.
func saysAway(reply []byte) bool {
	if len(reply) < headerSize+4 || binary.LittleEndian.Uint32(reply[12:]) != opMsg {
		return false
	}
	answer, _ := sections(reply)
	if answer == nil {
		return false
	}
	if code, ok := answer.Lookup("code").AsInt64OK(); !ok || code != internalError {
		return false
	}
	said, _ := answer.Lookup("errmsg").StringValueOK()
	for _, sign := range signs {
		if strings.Contains(said, sign) {
			return true
		}
	}
	return false
}
