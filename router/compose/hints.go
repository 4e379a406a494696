package compose

func hints(super *supergraph) []Hint { return nil }
