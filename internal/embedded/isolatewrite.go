package embedded

import (
	"bytes"
	"encoding/binary"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The parts of an OP_MSG (MongoDB wire protocol) that tell what it writes.
const (
	headerSize      = 16
	opMsg           = 2013
	checksumPresent = 1 << 0
	moreFlag        = 1 << 1
)

// writes are the commands that read documents, change them and write them back,
// each with the name of its list of statements; findAndModify is one itself.
var writes = map[string]string{"update": "updates", "delete": "deletes", "findAndModify": "", "findandmodify": ""}

// write is what a command may change: one document of a collection, or any.
type write struct {
	collection string // with its database; empty if the message changes nothing
	document   string // the _id, with its type; empty if any document may change
}

// moreToCome tells whether the sender does not wait for an answer: a request
// that wants none, or a reply that another one follows.
func moreToCome(message []byte) bool {
	return len(message) >= headerSize+4 && binary.LittleEndian.Uint32(message[12:]) == opMsg &&
		binary.LittleEndian.Uint32(message[headerSize:])&moreFlag != 0
}

// target tells what a message changes. One that cannot be read changes nothing:
// the server will say what is wrong with it.
func target(message []byte) write {
	command, statements := sections(message)
	if command == nil {
		return write{}
	}
	first, err := command.IndexErr(0)
	if err != nil {
		return write{}
	}
	list, isWrite := writes[first.Key()]
	name, named := first.Value().StringValueOK()
	if !isWrite || !named {
		return write{}
	}
	database, _ := command.Lookup("$db").StringValueOK()
	w := write{collection: database + "." + name}
	if list == "" {
		w.document = document(command.Lookup("query"))
		return w
	}
	if array, ok := command.Lookup(list).ArrayOK(); ok {
		values, err := array.Values()
		if err != nil {
			return w
		}
		for _, v := range values {
			if statement, ok := v.DocumentOK(); ok {
				statements = append(statements, statement)
			}
		}
	}
	if multi, _ := lookup(statements, "multi").BooleanOK(); len(statements) == 1 && !multi {
		w.document = document(statements[0].Lookup("q"))
	}
	return w
}

func lookup(statements []bson.Raw, key string) bson.RawValue {
	if len(statements) != 1 {
		return bson.RawValue{}
	}
	return statements[0].Lookup(key)
}

// document gives the one document that a filter can match: its _id with its
// type, if the filter names it; else "".
func document(filter bson.RawValue) string {
	f, ok := filter.DocumentOK()
	if !ok {
		return ""
	}
	switch id := f.Lookup("_id"); id.Type {
	case bson.TypeString, bson.TypeObjectID, bson.TypeBinary:
		return string(rune(id.Type)) + string(id.Value)
	}
	return "" // none, a condition such as $in, or a number, which equals others of its value
}

// sections gives the command of an OP_MSG, and the documents that follow it.
func sections(message []byte) (command bson.Raw, statements []bson.Raw) {
	if len(message) < headerSize+4 || binary.LittleEndian.Uint32(message[12:]) != opMsg {
		return nil, nil
	}
	rest := message[headerSize+4:]
	if binary.LittleEndian.Uint32(message[headerSize:])&checksumPresent != 0 && len(rest) >= 4 {
		rest = rest[:len(rest)-4]
	}
	for len(rest) > 0 {
		kind, section := rest[0], rest[1:]
		size, ok := length(section)
		if !ok {
			return nil, nil
		}
		rest = section[size:]
		if kind == 0 {
			command = bson.Raw(section[:size])
			continue
		}
		end := bytes.IndexByte(section[4:size], 0)
		if end < 0 {
			return nil, nil
		}
		for docs := section[4+end+1 : size]; len(docs) > 0; {
			n, ok := length(docs)
			if !ok {
				return nil, nil
			}
			statements, docs = append(statements, bson.Raw(docs[:n])), docs[n:]
		}
	}
	if command.Validate() != nil {
		return nil, nil
	}
	for _, s := range statements {
		if s.Validate() != nil {
			return nil, nil
		}
	}
	return command, statements
}

// length reads the length that a document or section begins with.
func length(b []byte) (int, bool) {
	if len(b) < 5 {
		return 0, false
	}
	n := binary.LittleEndian.Uint32(b)
	return int(n), n >= 5 && uint64(n) <= uint64(len(b))
}
