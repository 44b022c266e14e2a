package lambda

import (
	"sync"
	"time"
)

// Bounds of what runs on one replica.
const (
	// maxConcurrent is the concurrency of an account in a region: AWS gives new accounts 10 to 1,000.
	maxConcurrent = 100
	// maxOfAccount is how many instances an account has on a replica, in all regions, and maxInstances how many there are: no account takes all of them.
	maxOfAccount = maxConcurrent
	maxInstances = 2 * maxOfAccount
	// minUnreserved is what must be left to functions that reserve nothing.
	minUnreserved = 10
	idleTime      = 10 * time.Minute
)

// pools are the instances of this replica, by version and generation.
type pools struct {
	clock func() time.Time

	mu       sync.Mutex
	m        map[string]*pool
	total    int            // instances that run, or are being started
	shares   map[string]int // the same, by account
	running  map[string]int // invocations, by function
	accounts map[string]int // invocations of functions that reserve nothing, by account and region
	held     map[string]int // reserved by functions, by account and region
	live     map[*instance]*pool
	closed   bool
}

// pool is the instances of one version in one generation.
type pool struct {
	account                       string
	function, version, generation string
	idle                          []*instance // the last used last
	dead                          bool        // another generation has come
	kept                          int         // instances that are to be kept warm
	count                         int         // instances, with those that are being started
	failure                       string      // of the last start, "" after one that went well
}

func newPools(clock func() time.Time) *pools {
	return &pools{clock: clock, m: map[string]*pool{}, shares: map[string]int{}, running: map[string]int{}, accounts: map[string]int{}, held: map[string]int{}, live: map[*instance]*pool{}}
}

// reason is why an invocation is refused: TooManyRequestsException's.
type reason string

const (
	reservedReached reason = "ReservedFunctionConcurrentInvocationLimitExceeded"
	accountReached  reason = "ConcurrentInvocationLimitExceeded"
)

// enter counts an invocation of a function, or says why there can be none now. leave ends it.
func (p *pools) enter(f *Function) (leave func(), why reason) {
	id, account := f.arn(), f.Account+"\n"+f.Region
	p.mu.Lock()
	defer p.mu.Unlock()
	if f.Reserved != nil {
		if p.running[id] >= *f.Reserved {
			return nil, reservedReached
		}
	} else if p.accounts[account] >= maxConcurrent-p.held[account] {
		return nil, accountReached
	}
	p.running[id]++
	counted := f.Reserved == nil
	if counted {
		p.accounts[account]++
	}
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		lower(p.running, id)
		if counted {
			lower(p.accounts, account)
		}
	}, ""
}

func lower(m map[string]int, key string) {
	if m[key]--; m[key] <= 0 {
		delete(m, key)
	}
}

// concurrency is how many invocations of a function run now.
func (p *pools) concurrency(f *Function) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running[f.arn()]
}

// of is the pool of a version. Another generation of it is given up.
func (p *pools) of(f *Function, v *Config) *pool {
	id := f.arn() + "\n" + v.Version
	q := p.m[id]
	if q != nil && q.generation == f.ID+v.Generation {
		return q
	}
	kept := 0
	if q != nil {
		kept = q.kept
		p.drop(q)
	}
	q = &pool{account: f.Account, function: f.arn(), version: v.Version, generation: f.ID + v.Generation, kept: kept}
	p.m[id] = q
	return q
}

// take gives an idle instance with time left for the longest invocation of its version. Without one, room for a new one is made: start it and give
// it back, or give up. none says that the replica is full.
func (p *pools) take(f *Function, v *Config) (i *instance, q *pool, none bool) {
	now := p.clock()
	p.mu.Lock()
	defer p.mu.Unlock()
	q = p.of(f, v)
	for len(q.idle) > 0 {
		i = q.idle[len(q.idle)-1]
		q.idle = q.idle[:len(q.idle)-1]
		if now.Before(i.until) && !i.ended() {
			return i, q, false
		}
		p.end(i, q)
	}
	return nil, q, !p.room(q)
}

// room counts an instance that is about to be started, in place of the one that has been idle longest when there is no other room: of the account's own
// when it has its share.
func (p *pools) room(q *pool) bool {
	if p.closed {
		return false
	}
	if own := p.shares[q.account] >= maxOfAccount; own || p.total >= maxInstances {
		var oldest *pool
		for _, o := range p.m {
			if len(o.idle) > 0 && (!own || o.account == q.account) && (oldest == nil || o.idle[0].used.Before(oldest.idle[0].used)) {
				oldest = o
			}
		}
		if oldest == nil {
			return false
		}
		i := oldest.idle[0]
		oldest.idle = oldest.idle[1:]
		p.end(i, oldest)
	}
	p.add(q)
	return true
}

// add counts an instance that is about to be started, and remove one that is gone.
func (p *pools) add(q *pool) {
	p.total++
	p.shares[q.account]++
	q.count++
}

func (p *pools) remove(q *pool) {
	p.total--
	lower(p.shares, q.account)
	q.count--
}

// lost gives up the room of an instance that did not start.
func (p *pools) lost(q *pool, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remove(q)
	q.failure = why
}

// started notes an instance that has started.
func (p *pools) started(i *instance, q *pool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live[i] = q
	q.failure = ""
	if p.closed { // it came too late
		go i.close()
	}
}

// begin makes room for an instance that nobody waits for.
func (p *pools) begin(f *Function, v *Config) (*pool, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.total >= maxInstances || p.shares[f.Account] >= maxOfAccount {
		return nil, false
	}
	q := p.of(f, v)
	p.add(q)
	return q, true
}

// keep sets which versions are kept warm, and returns those that have too few instances.
func (p *pools) keep(wanted []warmth) (short []*subject) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, q := range p.m {
		q.kept = 0
	}
	for _, x := range wanted {
		p.of(x.function, x.config).kept += x.count
	}
	for _, x := range wanted {
		if q := p.of(x.function, x.config); q.count < q.kept {
			short = append(short, x.subject)
		}
	}
	return short
}

// hold sets what functions reserve.
func (p *pools) hold(held map[string]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held = held
}

// warm is how many instances of a version there are, and why there are no more.
func (p *pools) warm(f *Function, v *Config) (n int, failure string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	q := p.m[f.arn()+"\n"+v.Version]
	if q == nil || q.generation != f.ID+v.Generation {
		return 0, ""
	}
	for _, of := range p.live {
		if of == q {
			n++
		}
	}
	return n, q.failure
}

// end closes an instance, and gives its room back when it is gone.
func (p *pools) end(i *instance, q *pool) {
	p.remove(q)
	delete(p.live, i)
	go i.close()
}

// put gives an instance back after an invocation.
func (p *pools) put(i *instance, q *pool, alive bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	i.used = p.clock()
	if !alive || q.dead || p.closed || i.ended() || !i.used.Before(i.until) {
		p.end(i, q)
		return
	}
	q.idle = append(q.idle, i)
}

func (p *pools) drop(q *pool) {
	q.dead = true
	for _, i := range q.idle {
		p.end(i, q)
	}
	q.idle = nil
}

// dropFunction gives up the instances of a function, or of one version of it: "" means all.
func (p *pools) dropFunction(function, version string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, q := range p.m {
		if q.function == function && (version == "" || q.version == version) {
			p.drop(q)
			delete(p.m, id)
		}
	}
}

// tire ends instances that have been idle for long, but for those that are kept warm, and those whose time is up.
func (p *pools) tire() {
	now := p.clock()
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, q := range p.m {
		var left []*instance
		for n, i := range q.idle { // the longest idle first
			spare := q.count > q.kept && len(q.idle)-n > 0
			if i.ended() || !now.Before(i.until) || spare && now.Sub(i.used) > idleTime {
				p.end(i, q)
				continue
			}
			left = append(left, i)
		}
		if q.idle = left; q.count == 0 && q.kept == 0 {
			delete(p.m, id)
		}
	}
}

// close gives everything up, and returns the instances that are to be closed, those at work too.
func (p *pools) close() (all []*instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for i := range p.live {
		all = append(all, i)
	}
	for id, q := range p.m {
		q.dead, q.idle = true, nil
		delete(p.m, id)
	}
	return all
}
