package compose

// subgraphRules look at one subgraph, each at one kind of mistake.
var subgraphRules = []func(*subgraph) Errors{
	uniqueNames,
	knownTypes,
	knownDirectives,
	directiveArguments,
	definitions,
	rootTypes,
	queryAccessible,
	builtinsAccessible,
	wellFormed,
	implements,
	keys,
	requires,
	provides,
	shareables,
	overrides,
	interfaceObjects,
	access,
	costs,
	listSizes,
	customDirectives,
	contexts,
	fromContexts,
	onlyUnusedExternals,
	externals, // after fromContexts, which uses external fields
}

// supergraphRules look at what the subgraphs have together.
var supergraphRules = []func(*supergraph) Errors{
	sameImportNames,
	sameComposedDirectives,
	hasDefinition,
	fieldTypes,
	argumentTypes,
	argumentDefaults,
	argumentsEverywhere,
	externalArguments,
	contextualArguments,
	directiveArgumentTypes,
	enumValues,
	inputFields,
	inputDefaults,
	overrideSources,
	overrideLabels,
	externalHasOwner,
	externalTypes,
	fieldSharing,
	runtimeTypes,
	interfaceFieldsImplemented,
	interfaceFieldTypes,
	interfaceKeysComplete,
	interfaceObjectsHaveInterface,
	slicingArgumentsEverywhere,
	someAccessibleChild,
	referencesAccessible,
	requiredAccessible,
	defaultsAccessible,
	implementationsAccessible,
	directiveArgumentsAccessible,
}

// selectionRules look at what field sets select in the supergraph, which only a
// sound one can tell.
var selectionRules = []func(*supergraph) Errors{
	satisfiable,
	accessOfRequires,
	accessOfContexts,
}

func checkSubgraphs(subs []*subgraph) Errors {
	var errs Errors
	for _, s := range subs {
		for _, rule := range subgraphRules {
			errs = append(errs, rule(s)...)
		}
	}
	return errs
}

func checkSupergraph(super *supergraph) Errors {
	errs := append(hasQuery(super), sameKind(super)...)
	for _, rule := range supergraphRules {
		errs = append(errs, rule(super)...)
	}
	return errs
}

func checkSelections(super *supergraph) Errors {
	var errs Errors
	for _, rule := range selectionRules {
		errs = append(errs, rule(super)...)
	}
	return errs
}
