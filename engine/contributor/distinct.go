package contributor

import (
	"math"
	"math/bits"
)

// distinct estimates how many different texts it has met (HyperLogLog, with 4096 registers: a standard error of 1.6 %).
type distinct struct{ registers [registers]uint8 }

const (
	registerBits = 12
	registers    = 1 << registerBits
)

func (d *distinct) add(text string) {
	h := mixed(hashed(text))
	rank := uint8(bits.LeadingZeros64(h<<registerBits|1<<(registerBits-1)) + 1)
	if r := &d.registers[h>>(64-registerBits)]; rank > *r {
		*r = rank
	}
}

// hashed is FNV-1a: the same in every process, since registers are kept.
func hashed(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return h
}

// mixed spreads a hash over all bits, which FNV does not for short texts.
func mixed(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

func (d *distinct) merge(o *distinct) {
	for i, r := range o.registers {
		d.registers[i] = max(d.registers[i], r)
	}
}

func (d *distinct) estimate() float64 {
	sum, empty := 0.0, 0
	for _, r := range d.registers {
		sum += math.Ldexp(1, -int(r))
		if r == 0 {
			empty++
		}
	}
	const alpha = 0.7213 / (1 + 1.079/registers)
	e := alpha * registers * registers / sum
	if e <= 2.5*registers && empty > 0 {
		return registers * math.Log(registers/float64(empty))
	}
	return e
}
