package mill

import "heddle/internal/events"

func handlers() map[string]events.Handler {
	return map[string]events.Handler{"thread.cut": nil, "thread.dyed": nil}
}
