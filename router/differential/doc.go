// Package differential holds random requests on random graphs against graphql-js;
// it has nothing but tests.
package differential
