package mongo

import (
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"heddle/internal/page"
)

// Order is the order of a list: the fields that give a document's place, the
// last of which is unique. Their values are texts that sort as what they stand
// for, and no document is without one.
type Order struct {
	Fields     []string
	Descending bool
}

// Window adds to a filter what reads a page, and gives the options of the find:
// the order, and a limit of one document more than the page has.
func (o Order) Window(filter bson.D, w page.Window) (bson.D, *options.FindOptionsBuilder) {
	later, earlier := "$gt", "$lt"
	if o.Descending {
		later, earlier = earlier, later
	}
	bounds := bson.A{}
	if w.After != nil {
		bounds = append(bounds, o.beyond(w.After, later)...)
	}
	if w.Before != nil {
		bounds = append(bounds, o.beyond(w.Before, earlier)...)
	}
	filter = also(filter, bounds)
	direction := 1
	if o.Descending != w.Backward {
		direction = -1
	}
	sort := make(bson.D, len(o.Fields))
	for i, name := range o.Fields {
		sort[i] = bson.E{Key: name, Value: direction}
	}
	return filter, options.Find().SetSort(sort).SetLimit(int64(w.Limit + 1))
}

// beyond are conditions for what lies beyond the key, on the side of the
// operator. The first field's own bound says nothing more, but an index can be
// searched by it.
func (o Order) beyond(key page.Key, operator string) bson.A {
	ways := bson.A{}
	for i, name := range o.Fields {
		way := bson.D{}
		for j := range i {
			way = append(way, bson.E{Key: o.Fields[j], Value: key[j]})
		}
		ways = append(ways, append(way, bson.E{Key: name, Value: bson.D{{Key: operator, Value: key[i]}}}))
	}
	return bson.A{
		bson.D{{Key: o.Fields[0], Value: bson.D{{Key: operator + "e", Value: key[0]}}}},
		bson.D{{Key: "$or", Value: ways}},
	}
}

// also adds conditions to those of a filter.
func also(filter bson.D, conditions bson.A) bson.D {
	if len(conditions) == 0 {
		return filter
	}
	all := slices.Clone(filter)
	for i, e := range all {
		if there, ok := e.Value.(bson.A); ok && e.Key == "$and" {
			all[i].Value = append(slices.Clone(there), conditions...)
			return all
		}
	}
	return append(all, bson.E{Key: "$and", Value: conditions})
}
