package loom

import "heddle/internal/events"

var (
	threadDyed = events.Declare[dyed]("thread.dyed", 2, "A thread has another colour. "+
		"The entity is the thread.")
	threadCut = events.Declare[events.Nothing]("thread.cut", 1, "A thread is shorter.")
)

type dyed struct {
	// Colour as people say it.
	Colour string `json:"colour"`
	Vats   []int  `json:"vats,omitempty"` // which | in order
	Wet    bool
}

func handlers() map[string]events.DocumentHandler {
	return map[string]events.DocumentHandler{threadCut.Name(): nil, "corn.reaped": nil}
}
