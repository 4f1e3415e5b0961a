package types

// relationshipNames are the names of the verification relationships in JSON (DID Core,
// section 5.3).
var relationshipNames = map[Relationship]string{
	RELATIONSHIP_AUTHENTICATION:        "authentication",
	RELATIONSHIP_ASSERTION_METHOD:      "assertionMethod",
	RELATIONSHIP_KEY_AGREEMENT:         "keyAgreement",
	RELATIONSHIP_CAPABILITY_INVOCATION: "capabilityInvocation",
	RELATIONSHIP_CAPABILITY_DELEGATION: "capabilityDelegation",
}

// Property is the name of the relationship in a JSON document; empty if it is unknown.
func (x Relationship) Property() string { return relationshipNames[x] }

// SigningRelationships are all but key agreement, which Ed25519 keys cannot do: what
// the only key of a device is for.
func SigningRelationships() []Relationship {
	return []Relationship{
		RELATIONSHIP_AUTHENTICATION, RELATIONSHIP_ASSERTION_METHOD,
		RELATIONSHIP_CAPABILITY_INVOCATION, RELATIONSHIP_CAPABILITY_DELEGATION,
	}
}
