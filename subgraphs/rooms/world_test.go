package rooms_test

import (
	"testing"

	"heddle/internal/embedded/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
