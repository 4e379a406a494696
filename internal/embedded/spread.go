package embedded

import (
	"encoding/binary"
	"net"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// spreadLimit is how many documents a find may name to be spread.
const spreadLimit = 2000

// spread makes of a find of documents by their ids, {_id: {$in: [...]}}, one find
// for each: those are looked up in an index, while FerretDB would read the whole
// collection. It gives nil for any other message, and for a find that wants an
// order or a part of what it finds.
func spread(message []byte) [][]byte {
	command, _ := sections(message)
	if command == nil {
		return nil
	}
	if first, err := command.IndexErr(0); err != nil || first.Key() != "find" {
		return nil
	}
	for _, wish := range []string{"sort", "skip", "limit", "batchSize", "singleBatch", "tailable", "min", "max", "collation"} {
		if _, err := command.LookupErr(wish); err == nil {
			return nil
		}
	}
	ids := asked(command)
	if ids == nil {
		return nil
	}
	var find bson.D
	if err := bson.Unmarshal(command, &find); err != nil {
		return nil
	}
	finds := make([][]byte, 0, len(ids))
	for _, id := range ids {
		if one := oneOf(find, id); one != nil {
			finds = append(finds, opMessage(message[4:12], one))
		}
	}
	if len(finds) != len(ids) {
		return nil
	}
	return finds
}

// asked are the ids that a find names, each once; nil if it does not find by ids alone.
func asked(find bson.Raw) []bson.RawValue {
	in, err := find.LookupErr("filter", "_id", "$in")
	if err != nil {
		return nil
	}
	if conditions, err := find.Lookup("filter", "_id").Document().Elements(); err != nil || len(conditions) != 1 {
		return nil
	}
	array, ok := in.ArrayOK()
	if !ok {
		return nil
	}
	values, err := array.Values()
	if err != nil || len(values) == 0 || len(values) > spreadLimit {
		return nil
	}
	seen := map[string]bool{}
	var ids []bson.RawValue
	for _, v := range values {
		if v.Type != bson.TypeString && v.Type != bson.TypeObjectID {
			return nil
		}
		if key := string(rune(v.Type)) + string(v.Value); !seen[key] {
			seen[key] = true
			ids = append(ids, v)
		}
	}
	return ids
}

// oneOf is the find for one of the ids.
func oneOf(find bson.D, id bson.RawValue) bson.Raw {
	one := make(bson.D, 0, len(find)+2)
	for _, e := range find {
		if filter, ok := e.Value.(bson.D); ok && e.Key == "filter" {
			narrowed := append(bson.D{}, filter...)
			for i := range narrowed {
				if narrowed[i].Key == "_id" {
					narrowed[i].Value = id
				}
			}
			e.Value = narrowed
		}
		one = append(one, e)
	}
	text, err := bson.Marshal(append(one, bson.E{Key: "limit", Value: int64(1)}, bson.E{Key: "singleBatch", Value: true}))
	if err != nil {
		return nil
	}
	return text
}

// opMessage is an OP_MSG with one document; ids are its own number and that of
// the message that it answers, as they stand in a header.
func opMessage(ids []byte, document bson.Raw) []byte {
	message := make([]byte, 0, headerSize+5+len(document))
	message = binary.LittleEndian.AppendUint32(message, uint32(headerSize+5+len(document)))
	message = append(message, ids...)
	message = binary.LittleEndian.AppendUint32(message, opMsg)
	message = binary.LittleEndian.AppendUint32(message, 0) // flags
	message = append(message, 0)                           // the kind of the section: a document
	return append(message, document...)
}

// gather sends the finds to the backend and makes one reply of its replies. A
// reply that is an error is the reply.
func gather(backend net.Conn, finds [][]byte) ([]byte, error) {
	found := bson.A{}
	var header []byte
	var namespace string
	for _, find := range finds {
		if _, err := backend.Write(find); err != nil {
			return nil, err
		}
		reply, err := readMessage(backend)
		if err != nil {
			return nil, err
		}
		document, _ := sections(reply)
		batch, ok := document.Lookup("cursor", "firstBatch").ArrayOK()
		if !ok {
			return reply, nil
		}
		values, err := batch.Values()
		if err != nil {
			return reply, nil
		}
		for _, v := range values {
			found = append(found, v)
		}
		header = reply[4:12]
		namespace, _ = document.Lookup("cursor", "ns").StringValueOK()
	}
	text, err := bson.Marshal(bson.D{
		{Key: "cursor", Value: bson.D{{Key: "firstBatch", Value: found}, {Key: "id", Value: int64(0)}, {Key: "ns", Value: namespace}}},
		{Key: "ok", Value: 1.0},
	})
	if err != nil {
		return nil, err
	}
	return opMessage(header, text), nil
}
