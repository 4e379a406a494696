// The npm workspace. It is a module of its own so that Go looks for no packages
// in node_modules.
module heddle/web

go 1.26.0
