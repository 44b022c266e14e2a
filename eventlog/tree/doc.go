// Package tree keeps a Merkle tree over the whole log: one leaf for each entry, management and data events, in log order. A signed head stands for all entries
// before it; whoever keeps one elsewhere notices when an entry is altered, left out or put in another order, be it by whoever runs the server.
//
// The tree is built by a consumer of the log ([Tree.Consume]): its tiles, the size and the cursor move in one transaction, so that each entry is a leaf once,
// whatever is killed when, and one replica at a time builds it. Tiles hold 256 hashes. A complete one is written once and never again; incomplete ones are
// in the one document of the state, which is written once a batch. Hashes stay when retention drops the entries: proofs of what is kept, and of
// growth, need them. It costs 32 bytes an entry, and as much again as their base64 and the store's pages take: see docs/performance.md.
//
// The state holds the signed head. Who can write to the store but has not the root key cannot sign: an altered state is refused when the next
// batch or proof is made, and shows in the log's status. An older state in place of the newer (a restored backup, say) is what only those
// notice who kept a head elsewhere.
//
// The leaf is engine/treeproof's. What an entry keeps undelivered beside its record (questions and decision) is not under it, since nobody else could check it.
//
// This package must not decide who may see an entry (service/vauban does). Start reading at [Tree.Consume], then [Tree.Prove].
package tree
