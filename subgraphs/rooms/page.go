package rooms

import "heddle/internal/page"

// The connections of the schema, and their edges.
type (
	RoomConnection        struct{ *page.Connection[RoomEdge] }
	RoomEdge              page.Edge[*Room]
	ParticipantConnection struct {
		*page.Connection[ParticipantEdge]
	}
	ParticipantEdge      page.Edge[*Participant]
	InvitationConnection struct {
		*page.Connection[InvitationEdge]
	}
	InvitationEdge page.Edge[*Invitation]
)
