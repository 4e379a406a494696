package auth

// CheapPasswords makes passwords cost little, for the time of the tests.
func CheapPasswords() { passwordCost.Memory, passwordCost.Iterations = 64, 1 }
