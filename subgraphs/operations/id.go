package operations

import (
	"encoding/binary"
	"hash/fnv"

	"github.com/google/uuid"

	"heddle/internal/fault"
)

// An id in the graph is a UUID; letters and jobs have numbers, each in a space
// of its own. Their ids are UUIDv8 (RFC 9562, section 5.8): a hash of the
// space's name in front, then the number.

// idOf is the id of the number in the space.
func idOf(space string, number uint64) string {
	var id uuid.UUID
	copy(id[:], spaceOf(space))
	id[6] = 0x80 // version 8
	binary.BigEndian.PutUint64(id[8:], number&(1<<62-1)|1<<63)
	return id.String()
}

// numberOf is the number that an id of the space stands for; false if it is an
// id of something else.
func numberOf(space, id string) (uint64, bool) {
	parsed, err := uuid.Parse(id)
	if err != nil {
		return 0, false
	}
	number := binary.BigEndian.Uint64(parsed[8:]) & (1<<62 - 1)
	return number, idOf(space, number) == parsed.String()
}

func spaceOf(name string) []byte {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(name)) // it never fails
	return sum.Sum(nil)
}

// letters is the space of dead letters; that of jobs is "jobs." and the domain.
const letters = "letters"

func errNoLetter(id string) error {
	return fault.New(fault.NotFound, "There is no dead letter %q; it may have been replayed or discarded.", id)
}

func errNoJob(domain, id string) error {
	return fault.New(fault.NotFound, "There is no job %q of %s.", id, domain)
}
