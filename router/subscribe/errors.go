package subscribe

import (
	"encoding/json"
	"errors"

	"heddle/internal/fault"
	"heddle/router/operation"
)

// Errors turns any error into the GraphQL errors that a client sees. What has
// no code is an internal error, and its text stays here.
func Errors(err error) operation.Errors {
	var list operation.Errors
	if errors.As(err, &list) {
		return list
	}
	var known *fault.Error
	if !errors.As(err, &known) {
		return operation.Fail(operation.Internal, "Internal error.")
	}
	extensions := map[string]any{"code": string(known.Code)}
	if known.Field != "" {
		extensions["field"] = known.Field
	}
	for name, value := range known.Extensions {
		extensions[name] = value
	}
	return operation.Errors{{Message: known.Message, Extensions: extensions}}
}

// Encode writes errors as the JSON list of GraphQL errors.
func Encode(list operation.Errors) []byte {
	body, err := json.Marshal(list)
	if err != nil { // an extension that is not JSON
		body, _ = json.Marshal(operation.Fail(operation.Internal, "Internal error."))
	}
	return body
}

// EncodeResponse writes errors as a GraphQL response without data.
func EncodeResponse(list operation.Errors) []byte {
	body := append([]byte(`{"errors":`), Encode(list)...)
	return append(body, '}')
}
