// Package heddle holds nothing but the test of the house: layers_test.go says
// which package may import which.
package heddle
