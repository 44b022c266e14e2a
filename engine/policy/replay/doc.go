// Package replay asks recorded questions again under a policy that is only proposed: which calls would have come out otherwise?
//
// It is pure: a record goes in ([Decode] reads what the gateway wrote), with a [Proposal] and a [Library] of policy texts; an [Outcome] comes out.
// Everything but the proposed policy is as it was at the time of the call: the principal, the whole context, the clock, and the other
// policies, which the record cites by digest. It decides nothing by itself: engine/policy does.
//
// # What can be told when texts are lost
//
// A policy may have changed since the call, and its old text be gone. Then all that it may have done is tried: each layer with lost texts may
// have granted or not (a resource policy: to the account, the role or the very principal), and it denied exactly if the record cites it. What
// does not lead to the recorded answer, with the recorded layers, is dropped. If all that is left gives one answer under the proposal, that is
// told; else the outcome is not told, and Why names the lost policies. So these follow, without a rule of their own:
//
//	recorded                              proposed statement      told
//	denied by a layer that stays          any                     stays denied
//	allowed                               denies                  becomes denied
//	allowed, the policy is only added     does not deny           stays allowed
//	missing another layer                 allows                  stays denied
//	missing only the layer of the policy  allows                  becomes allowed
//	denied only by what is replaced       does not deny           only if the texts of all other layers are known
//
// The laws are tested: with all texts an outcome is what the engine says under the proposal, and with any texts lost an outcome that is told is
// still that.
//
// Start reading at [Replay.Call].
package replay
