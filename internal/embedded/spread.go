package embedded

import (
	"encoding/binary"
	"net"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// spreadLimit is how many values a find may name to be spread, spreadEach how
// many documents it may find by each, for which FerretDB sets memory aside, and
// spreadSize how much it may find in all, in bytes: a reply has to hold it.
const (
	spreadLimit = 2000
	spreadEach  = 1000
	spreadSize  = 32 << 20
)

// What a projection says of what it leaves out.
var (
	no   = value(false)
	none = value(int32(0))
)

func value(v any) bson.RawValue {
	kind, text, err := bson.MarshalValue(v)
	if err != nil {
		panic(err) // of a constant
	}
	return bson.RawValue{Type: kind, Value: text}
}

// spread makes of a find by many values of a field, {field: {$in: [...]}}, one
// find for each: those are looked up in the field's index, while FerretDB would
// read the whole collection. It gives nil for any other message, and for a find
// that wants an order, a part of what it finds, or that in small batches.
func spread(message []byte) [][]byte {
	command, _ := sections(message)
	if command == nil {
		return nil
	}
	if first, err := command.IndexErr(0); err != nil || first.Key() != "find" {
		return nil
	}
	for _, wish := range []string{"sort", "skip", "limit", "singleBatch", "tailable", "min", "max", "collation"} {
		if _, err := command.LookupErr(wish); err == nil {
			return nil
		}
	}
	if size, given := command.Lookup("batchSize").AsInt64OK(); given && size < spreadEach {
		return nil
	}
	if id, err := command.LookupErr("projection", "_id"); err == nil && (id.Equal(no) || id.Equal(none)) {
		return nil // documents found twice could not be told
	}
	field, values := named(command.Lookup("filter"))
	if values == nil {
		return nil
	}
	var find bson.D
	if err := bson.Unmarshal(command, &find); err != nil {
		return nil
	}
	finds := make([][]byte, 0, len(values))
	for _, value := range values {
		one, err := bson.Marshal(oneOf(find, field, value))
		if err != nil {
			return nil
		}
		finds = append(finds, opMessage(message[4:12], one))
	}
	return finds
}

// named is the field of which a filter names many values, the id before others,
// and the values, each once; nil if there is none.
func named(filter bson.RawValue) (field string, values []bson.RawValue) {
	f, ok := filter.DocumentOK()
	if !ok {
		return "", nil
	}
	elements, err := f.Elements()
	if err != nil {
		return "", nil
	}
	for _, e := range elements {
		key := e.Key()
		if values != nil && key != "_id" || strings.HasPrefix(key, "$") || strings.Contains(key, ".") {
			continue
		}
		if in := oneIn(e.Value()); in != nil {
			field, values = key, in
		}
	}
	return field, values
}

// oneIn are the values of a condition that is {$in: [...]} and no more.
func oneIn(condition bson.RawValue) []bson.RawValue {
	c, ok := condition.DocumentOK()
	if !ok {
		return nil
	}
	conditions, err := c.Elements()
	if err != nil || len(conditions) != 1 || conditions[0].Key() != "$in" {
		return nil
	}
	array, ok := conditions[0].Value().ArrayOK()
	if !ok {
		return nil
	}
	all, err := array.Values()
	if err != nil || len(all) == 0 || len(all) > spreadLimit {
		return nil
	}
	seen := map[string]bool{}
	var values []bson.RawValue
	for _, v := range all {
		if v.Type != bson.TypeString && v.Type != bson.TypeObjectID {
			return nil
		}
		if key := string(rune(v.Type)) + string(v.Value); !seen[key] {
			seen[key] = true
			values = append(values, v)
		}
	}
	return values
}

// oneOf is the find for one of the values.
func oneOf(find bson.D, field string, value bson.RawValue) bson.D {
	one := make(bson.D, 0, len(find)+2)
	for _, e := range find {
		if e.Key == "batchSize" {
			continue
		}
		if filter, ok := e.Value.(bson.D); ok && e.Key == "filter" {
			narrowed := slices.Clone(filter)
			for i := range narrowed {
				if narrowed[i].Key == field {
					narrowed[i].Value = value
				}
			}
			e.Value = narrowed
		}
		one = append(one, e)
	}
	return append(one, bson.E{Key: "batchSize", Value: int32(spreadEach)}, bson.E{Key: "singleBatch", Value: true})
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
// reply that is an error is the reply. It gives nil when they have found too
// much for one reply.
func gather(backend net.Conn, finds [][]byte) ([]byte, error) {
	found := bson.A{}
	seen := map[string]bool{} // one document may have several values
	var header []byte
	var namespace string
	size := 0
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
			return reply, nil //nolint:nilerr // whoever asked finds that out
		}
		if size += len(reply); size > spreadSize || len(values) == spreadEach {
			return nil, nil
		}
		for _, v := range values {
			if id := v.Document().Lookup("_id").String(); !seen[id] {
				seen[id] = true
				found = append(found, v)
			}
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
