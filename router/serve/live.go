package serve

import (
	"encoding/json"

	"heddle/router/subscribe"
)

// informed is what a client says of itself in the extensions of a request, under
// "live": that it wants to know where the stream stands (any object will do), and
// the cursor after which it comes back. docs/live.md is the protocol.
type informed struct {
	wants bool
	after string
}

func readInformed(extensions json.RawMessage) informed {
	var read struct {
		Live *struct {
			After string `json:"after"`
		} `json:"live"`
	}
	if len(extensions) == 0 || json.Unmarshal(extensions, &read) != nil || read.Live == nil {
		return informed{}
	}
	return informed{wants: true, after: read.Live.After}
}

func (i informed) joining(wake func()) subscribe.Joining {
	return subscribe.Joining{Wake: wake, After: i.after, Notices: i.wants}
}
