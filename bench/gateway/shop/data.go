package shop

import "fmt"

// object is an object of the data: the members in the order of nothing.
type object struct {
	typeName string
	fields   map[string]any
}

// store is all data of the shop.
type store struct {
	roots    map[string][]*object
	entities map[string]*object // by type and key
}

var userNames = []string{"Uri Goldshtein", "Dotan Simha", "Kamil Kisiela", "Arda Tanrikulu", "Gil Gardosh", "Laurin Quast"}

var productList = []struct {
	name          string
	price, weight int
}{
	{"Table", 899, 100}, {"Couch", 1299, 1000}, {"Glass", 15, 20}, {"Chair", 499, 100}, {"TV", 1299, 1000},
	{"Lamp", 6999, 300}, {"Grill", 3999, 2000}, {"Fridge", 100000, 6000}, {"Sofa", 9999, 800},
}

const prose = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore."

// newStore makes the data: every product has three reviews by different people.
func newStore() *store {
	s := &store{roots: map[string][]*object{}, entities: map[string]*object{}}
	for i, name := range userNames {
		id := fmt.Sprint(i + 1)
		s.add("User", id, map[string]any{"id": id, "name": name, "username": "user" + id, "birthday": 1234567890, "reviews": []*object{}})
		s.roots["users"] = append(s.roots["users"], s.entities["User "+id])
	}
	for i, p := range productList {
		upc := fmt.Sprint(i + 1)
		s.add("Product", upc, map[string]any{"upc": upc, "name": p.name, "price": p.price, "weight": p.weight, "inStock": i%3 != 0, "reviews": []*object{}})
		s.roots["topProducts"] = append(s.roots["topProducts"], s.entities["Product "+upc])
	}
	for i := range 3 * len(productList) {
		id := fmt.Sprint(i + 1)
		author, product := s.entities[fmt.Sprintf("User %d", i%len(userNames)+1)], s.entities[fmt.Sprintf("Product %d", i/3+1)]
		s.add("Review", id, map[string]any{"id": id, "body": prose[i : 40+i], "author": author, "product": product})
		for _, owner := range []*object{author, product} {
			owner.fields["reviews"] = append(owner.fields["reviews"].([]*object), s.entities["Review "+id])
		}
	}
	s.roots["me"] = s.roots["users"][:1]
	return s
}

func (s *store) add(typeName, key string, fields map[string]any) {
	s.entities[typeName+" "+key] = &object{typeName, fields}
}

// shipping is what @requires computes.
func shipping(price, weight int) int {
	if price > 1000 {
		return 0
	}
	return weight / 2
}
