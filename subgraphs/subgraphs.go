// Package subgraphs lists the domains of the graph.
package subgraphs

import (
	"heddle/internal/subgraph"
	"heddle/subgraphs/assessments"
	assessmentsgraph "heddle/subgraphs/assessments/graph"
	"heddle/subgraphs/auth"
	authgraph "heddle/subgraphs/auth/graph"
	"heddle/subgraphs/code"
	codegraph "heddle/subgraphs/code/graph"
	"heddle/subgraphs/collaboration"
	collaborationgraph "heddle/subgraphs/collaboration/graph"
	"heddle/subgraphs/messages"
	messagesgraph "heddle/subgraphs/messages/graph"
	"heddle/subgraphs/notifications"
	notificationsgraph "heddle/subgraphs/notifications/graph"
	"heddle/subgraphs/operations"
	operationsgraph "heddle/subgraphs/operations/graph"
	"heddle/subgraphs/presence"
	presencegraph "heddle/subgraphs/presence/graph"
	"heddle/subgraphs/progress"
	progressgraph "heddle/subgraphs/progress/graph"
	"heddle/subgraphs/rooms"
	roomsgraph "heddle/subgraphs/rooms/graph"
	"heddle/subgraphs/students"
	studentsgraph "heddle/subgraphs/students/graph"
	"heddle/subgraphs/users"
	usersgraph "heddle/subgraphs/users/graph"
)

// All is every domain, in the order in which they are composed.
var All = []subgraph.Domain{
	subgraph.Of("auth", "127.0.0.1:4101", auth.SDL, auth.Open, authgraph.Bind),
	subgraph.Of("users", "127.0.0.1:4102", users.SDL, users.Open, usersgraph.Bind),
	subgraph.Of("rooms", "127.0.0.1:4103", rooms.SDL, rooms.Open, roomsgraph.Bind),
	subgraph.Of("messages", "127.0.0.1:4104", messages.SDL, messages.Open, messagesgraph.Bind),
	subgraph.Of("presence", "127.0.0.1:4105", presence.SDL, presence.Open, presencegraph.Bind),
	subgraph.Of("collaboration", "127.0.0.1:4106", collaboration.SDL, collaboration.Open, collaborationgraph.Bind),
	subgraph.Of("code", "127.0.0.1:4107", code.SDL, code.Open, codegraph.Bind),
	subgraph.Of("students", "127.0.0.1:4108", students.SDL, students.Open, studentsgraph.Bind),
	subgraph.Of("assessments", "127.0.0.1:4109", assessments.SDL, assessments.Open, assessmentsgraph.Bind),
	subgraph.Of("progress", "127.0.0.1:4110", progress.SDL, progress.Open, progressgraph.Bind),
	subgraph.Of("operations", "127.0.0.1:4112", operations.SDL, operations.Open, operationsgraph.Bind),
	subgraph.Of("notifications", "127.0.0.1:4111", notifications.SDL, notifications.Open, notificationsgraph.Bind),
}
