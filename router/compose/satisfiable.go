package compose

func checkSatisfiable(super *supergraph) Errors { return nil }
