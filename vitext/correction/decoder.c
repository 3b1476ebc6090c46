/* The decoder of vitext.correction: candidates for a damaged word, and the forward-backward sums over a sentence.
 *
 * Compiled to decoder.wasm by `make decoder` (clang, wasm-ld; the file is committed, so an install needs no compiler).
 * `tests/vitext/correction/reference_decoder.py` is the same algorithm in Python, and the tests hold this one to its numbers:
 * all arithmetic is on integers, costs are negative natural logarithms in units of 1/256. No library is used and nothing is
 * allocated but by the host.
 */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef int i32;

#define FAR (1 << 28)        /* the cost of what cannot be */
#define LONGEST 24           /* longer words are not corrected */
#define ONSET_REACH 6        /* letters of a word that may stand for its onset */
#define ROOM 65536           /* candidates before the best are chosen: every word */
#define K 64                 /* candidates of a word */
#define BEAM 32              /* states kept at a word */
#define SENTENCE 256         /* words decoded together at most */
#define CACHED (1 << 14)     /* forms remembered; the table is twice as large */
#define DEEPEST 10           /* letters of a rest */
#define LOWER 0
#define TITLE 1
#define UPPER 2
#define AS_IS 3
#define UNKNOWN 0
#define START 1
#define NUMBER 2
#define OUT 4                /* candidates reported of a word */

/* Kinds of words, as the host numbers them. */
#define DAMAGED 0
#define DIGITS 1
#define OPAQUE 2
#define FIXED 3

/* Filled by the host before the first call; the names are those of the arrays in the model file. */
static struct {
    const i32 *unigram, *unigram_backoff;
    const u32 *bigram_start;
    const u16 *bigram_word;
    const u8 *bigram_cost, *bigram_backoff;
    const u32 *trigram_start;
    const u16 *trigram_word;
    const u8 *trigram_cost;
    const u8 *capital;       /* [word][before: lower, title, start][lower, title] in units of 16 */
    const u16 *row_of_one;   /* [128]: the row of a chunk of one character, 0 for none */
    const u32 *chunk_key;    /* sorted; two or three characters, 7 bits each */
    const u16 *chunk_row;
    const u8 *rows;          /* [row][2 * letters] in units of 16, 255 for never; row 0 is the empty chunk */
    const u8 *onset_letters; /* [onset][4], 255 ends */
    const u8 *node_letter;   /* the trie of the rests, in preorder */
    const u8 *node_depth;
    const u16 *node_end;
    const u16 *node_rest;    /* 65535 for none */
    const u16 *syllable;     /* [onset][rest] -> word, 65535 for none */
    const u32 *rest_key;     /* sorted hashes of what was read of a rest */
    const u32 *rest_start;
    const u16 *rest_entry;   /* pairs: rest, cost */
    const u8 *rest_share;    /* [rest] cost of not being in the table, in units of 16 */
    const u32 *form_key;     /* sorted hashes of whole words as they were read */
    const u32 *form_start;
    const u16 *form_entry;   /* triples: word, shape, cost */
    const u8 *form_share;    /* [word] cost of not being in the table, in units of 16 */
    const u8 *shapes;        /* [128] by first character: which shapes to search, one bit each */
    const u16 *add;          /* log(1 + exp(-x)) */
    i32 add_length, letters, onsets, nodes, rests, bigrams_chunk, rest_keys, form_keys, row_count;
    i32 step, backoff_zero, unknown_base, unknown_letter, never, search_limit, keep_limit, beam_limit, lm_weight;
    i32 unigram_weight, number_cost, wild, unknown_lower, unknown_mixed, unknown_capitals, prune, insert;
    i32 cut, cut_above, cut_number, marked_letters;
} m;

typedef struct { u16 word; u8 shape; i32 cost; } Candidate;
typedef struct { u32 hash; i32 count; Candidate list[K]; } Form;

static u32 hash_slots[2 * CACHED];
static Form forms[CACHED];
static u8 form_bytes[CACHED][LONGEST + 2];
static i32 forms_used;

u8 *params(void) { return (u8 *)&m; }
i32 params_size(void) { return sizeof m; }
void forget(void) { forms_used = 0; for (i32 i = 0; i < 2 * CACHED; i++) hash_slots[i] = 0; }

static i32 add(i32 a, i32 b) {
    if (a > b) { i32 c = a; a = b; b = c; }
    i32 d = b - a;
    return d < m.add_length ? a - m.add[d] : a;
}

static u32 hash_of(const u8 *s, i32 n, u32 seed) {
    u32 h = 2166136261u ^ seed;
    for (i32 i = 0; i < n; i++) { h ^= s[i]; h *= 16777619u; }
    return h;
}

static i32 find32(const u32 *keys, i32 n, u32 key) {
    i32 low = 0, high = n;
    while (low < high) { i32 mid = (low + high) >> 1; if (keys[mid] < key) low = mid + 1; else high = mid; }
    return low < n && keys[low] == key ? low : -1;
}

/* The row of costs of a chunk of 1 to 3 characters; -1 when the chunk is not known. */
static i32 row_of(const u8 *s, i32 n) {
    if (n == 1) return m.row_of_one[s[0]];
    u32 key = s[0] | (s[1] << 7);
    if (n == 3) key |= (s[2] << 14) | (1u << 21);
    i32 at = find32(m.chunk_key, m.bigrams_chunk, key);
    return at < 0 ? -1 : m.chunk_row[at];
}

/* Costs stand in lanes, one a character, eight to a vector; they saturate, so that DEAR is never. Limits are far below it. */
typedef short v8 __attribute__((vector_size(16)));
#define LANES 32
#define DEAR 32767
typedef struct { v8 part[LANES / 8]; } Front;

static const u8 *rows_at[LONGEST][4]; /* the row of the chunk of 1 to 3 characters that starts here */
static i32 row_number[LONGEST][4];
static u8 no_row[512];
static i32 scaled[2][256]; /* costs of one character, of several */
static i32 row_least[4096]; /* the least cost in a row */
static i32 onset_cost[32][ONSET_REACH + 1];
static i32 cheapest[ONSET_REACH + 1]; /* of the onsets that end here */
static Front stack[DEEPEST + 1];
static i32 rest_hit[ONSET_REACH + 1];
static i32 rest_cost[2048];
static u16 rest_list[2048];
static v8 walked[2048]; /* a lane a start: what a rest costs by its letters, its share included */
static u16 walked_rest[2048];
static i32 walked_at[2048];
static Candidate pool[ROOM];
static i32 pool_of[65536];
static i32 pool_used;

static v8 all(i32 value) { i32 v = value > DEAR ? DEAR : value; return (v8){v, v, v, v, v, v, v, v}; }
#define SUM(a, b) __builtin_wasm_add_sat_s_i16x8(a, b)
#define MIN(a, b) __builtin_wasm_min_s_i16x8(a, b)
#define SHUFFLE(a, b, k) __builtin_shufflevector(a, b, k, k + 1, k + 2, k + 3, k + 4, k + 5, k + 6, k + 7)

/* The cost of a letter read as the chunk of `size` characters from j on. */
static i32 chunk_cost(i32 j, i32 size, i32 letter) {
    i32 cost = scaled[size > 1][rows_at[j][size][letter]];
    if (size == 2) {
        /* One of the two may be a speck. */
        i32 a = rows_at[j][1][letter], b = rows_at[j + 1][1][letter];
        i32 c = scaled[0][a < b ? a : b] + m.insert;
        if (c < cost) cost = c;
    }
    return cost > DEAR ? DEAR : cost;
}

static i32 wide; /* vectors that the lanes of this form take: 1, 2 or 4 */
static v8 empty[512]; /* what a letter costs of which nothing was read */
/* What a letter costs as the chunk of 1 to 3 characters that starts at a lane; made when a form first asks for the letter, and
 * close together, for most forms take one vector. */
static v8 starting[512 * 3 * (LANES / 8)];
static u32 starting_of[512], form_number;

static void make_starting(i32 letter, i32 n) {
    starting_of[letter] = form_number;
    short *lane = (short *)(starting + letter * 3 * wide);
    for (i32 size = 1; size <= 3; size++)
        for (i32 j = 0; j < wide * 8; j++) *lane++ = j + size > n ? DEAR : chunk_cost(j, size, letter);
}

/* One more letter before those read so far: to[j] = the best over the chunks that start at j, none that with what has `gone`
 * before, at least, is dearer than most. Returns whether anything is left. */
static inline __attribute__((always_inline)) i32 extend(
    const i32 wide, const Front *from, Front *to, i32 letter, i32 n, v8 most, const Front *gone
) {
    if (starting_of[letter] != form_number) make_starting(letter, n);
    const v8 *chunk = starting + letter * 3 * wide;
    i32 left = 0;
    for (i32 p = 0; p < wide; p++) {
        v8 here = from->part[p], next = p + 1 < wide ? from->part[p + 1] : all(DEAR);
        v8 cost = MIN(SUM(here, empty[letter]), SUM(SHUFFLE(here, next, 1), chunk[p]));
        cost = MIN(cost, SUM(SHUFFLE(here, next, 2), chunk[wide + p]));
        cost = MIN(cost, SUM(SHUFFLE(here, next, 3), chunk[2 * wide + p]));
        v8 over = SUM(cost, gone->part[p]) > most;
        to->part[p] = (cost & ~over) | (all(DEAR) & over);
        left |= !__builtin_wasm_all_true_i16x8(over);
    }
    return left;
}

/* The cost of every onset up to every character within reach, FAR beyond the limit, and the cheapest. */
static void read_onsets(i32 reach, i32 shape, i32 limit) {
    for (i32 j = 0; j <= reach; j++) cheapest[j] = FAR;
    for (i32 o = 0; o < m.onsets; o++) {
        const u8 *letters = m.onset_letters + 4 * o;
        i32 cost[ONSET_REACH + 1];
        for (i32 j = 0; j <= reach; j++) cost[j] = j ? FAR : 0;
        for (i32 k = 0; k < 4 && letters[k] != 255; k++) {
            i32 letter = letters[k] + (shape == UPPER || (shape == TITLE && k == 0) ? m.letters : 0);
            for (i32 j = reach; j >= 0; j--) {
                i32 least = cost[j] + scaled[1][m.rows[letter]];
                for (i32 size = 1; size <= 3 && size <= j; size++) {
                    i32 c = cost[j - size] + scaled[size > 1][rows_at[j - size][size][letter]];
                    if (c < least) least = c;
                }
                cost[j] = least > limit ? FAR : least;
            }
        }
        for (i32 j = 0; j <= reach; j++) {
            onset_cost[o][j] = cost[j];
            if (cost[j] < cheapest[j]) cheapest[j] = cost[j];
        }
    }
}

/* The best of the syllables with this rest behind an onset that ends at i. */
static i32 best_with(i32 rest, i32 i, i32 cost, i32 best) {
    for (i32 o = 0; o < m.onsets; o++)
        if (onset_cost[o][i] + cost < best && m.syllable[o * m.rests + rest] != 65535) best = onset_cost[o][i] + cost;
    return best;
}

/* What every rest costs by its letters, from every character within reach on: from its last letter to its first, down the trie
 * of rests written backwards. Lowers `best`; what cannot come within `keep_limit` of it is not followed. Returns how many. */
static inline __attribute__((always_inline)) i32 walk(
    const i32 wide, i32 n, i32 reach, i32 shape, i32 limit, const Front *gone, i32 *best
) {
    i32 found = 0, most = *best + m.keep_limit < limit ? *best + m.keep_limit : limit;
    for (i32 p = 0; p < wide; p++) stack[0].part[p] = all(DEAR);
    ((short *)&stack[0])[n] = 0;
    for (i32 node = 0; node < m.nodes;) {
        i32 letter = m.node_letter[node] + (shape == UPPER ? m.letters : 0), rest = m.node_rest[node];
        Front *here = &stack[m.node_depth[node]], *before = here - 1;
        i32 left = extend(wide, before, here, letter, n, all(most), gone);
        if (rest != 65535 && (left || shape == TITLE)) {
            union { v8 lanes; short cost[8]; } read = {here->part[0]};
            if (shape == TITLE) {
                /* The first letter of a rest that starts the word is a capital. */
                const short *from = (const short *)before;
                i32 cost = from[0] + scaled[1][m.rows[letter + m.letters]];
                for (i32 size = 1; size <= 3 && size <= n; size++) {
                    i32 c = from[size] + chunk_cost(0, size, letter + m.letters);
                    if (c < cost) cost = c;
                }
                read.cost[0] = cost > most ? DEAR : cost;
            }
            read.lanes = SUM(read.lanes, all(m.rest_share[rest] * 16));
            i32 some = 0;
            for (i32 i = 0; i <= reach; i++) {
                i32 cost = read.cost[i];
                if (cost + cheapest[i] > most) { read.cost[i] = DEAR; continue; }
                some = 1;
                if (cost + cheapest[i] < *best) {
                    *best = best_with(rest, i, cost, *best);
                    if (*best + m.keep_limit < most) most = *best + m.keep_limit;
                }
            }
            if (some) {
                /* Some rests are spelt in two ways (hóa, hoá). */
                i32 at = walked_at[rest];
                if (at >= 0 && at < found && walked_rest[at] == rest) walked[at] = MIN(walked[at], read.lanes);
                else { walked_rest[found] = rest; walked_at[rest] = found; walked[found++] = read.lanes; }
            }
        }
        node = left ? node + 1 : m.node_end[node];
    }
    return found;
}

static void offer(i32 word, i32 shape, i32 cost) {
    i32 at = pool_of[word];
    if (at >= 0 && at < pool_used && pool[at].word == word) {
        if (pool[at].shape == shape) pool[at].cost = add(pool[at].cost, cost);
        else if (cost < pool[at].cost) { pool[at].shape = shape; pool[at].cost = cost; }
        return;
    }
    at = pool_used++;
    pool[at].word = word; pool[at].shape = shape; pool[at].cost = cost;
    pool_of[word] = at;
}

/* Every syllable that may have been read as the n characters at s, in one shape, none dearer than the limit or by `keep_limit`
 * than the best of all. */
static i32 search(const u8 *s, i32 n, i32 shape, i32 limit, i32 best) {
    i32 reach = n < ONSET_REACH ? n : ONSET_REACH;
    read_onsets(reach, shape, limit);
    /* What the table of rests knows first: it bounds what is worth looking for. */
    for (i32 i = 0; i <= reach; i++) {
        u32 seed = (1 + (shape == UPPER ? UPPER : shape == TITLE && i == 0 ? TITLE : LOWER)) << 8;
        rest_hit[i] = cheapest[i] <= limit ? find32(m.rest_key, m.rest_keys, hash_of(s + i, n - i, seed)) : -1;
        if (rest_hit[i] < 0) continue;
        for (u32 e = m.rest_start[rest_hit[i]]; e < m.rest_start[rest_hit[i] + 1]; e++)
            if (cheapest[i] + m.rest_entry[2 * e + 1] < best) best = best_with(m.rest_entry[2 * e], i, m.rest_entry[2 * e + 1], best);
    }
    Front gone;
    short *least = (short *)&gone;
    for (i32 j = 0; j < wide * 8; j++) {
        i32 cost = j <= reach ? cheapest[j] : FAR;
        for (i32 size = 1; size <= 3 && size <= j && j <= n; size++) {
            i32 c = row_number[j - size][size] < 0 ? FAR : scaled[size > 1][row_least[row_number[j - size][size]]];
            if (size == 1 && c > m.never * 16) c = m.never * 16;
            if (size == 2) {
                i32 a = row_least[row_number[j - 2][1]], b = row_least[row_number[j - 1][1]];
                if (scaled[0][a < b ? a : b] + m.insert < c) c = scaled[0][a < b ? a : b] + m.insert;
            }
            if (least[j - size] + c < cost) cost = least[j - size] + c;
        }
        least[j] = cost > DEAR || j > n ? DEAR : cost;
    }
    i32 found = wide == 1 ? walk(1, n, reach, shape, limit, &gone, &best)
        : wide == 2 ? walk(2, n, reach, shape, limit, &gone, &best) : walk(4, n, reach, shape, limit, &gone, &best);
    i32 most = best + m.keep_limit < limit ? best + m.keep_limit : limit;
    for (i32 i = 0; i <= reach; i++) {
        i32 rests = 0, least_rest = FAR;
        if (cheapest[i] > most) continue;
        for (i32 f = 0; f < found; f++) {
            i32 cost = ((const short *)&walked[f])[i];
            if (cheapest[i] + cost > most) continue;
            rest_cost[walked_rest[f]] = cost;
            rest_list[rests++] = walked_rest[f];
        }
        if (rest_hit[i] >= 0)
            for (u32 e = m.rest_start[rest_hit[i]]; e < m.rest_start[rest_hit[i] + 1]; e++) {
                i32 rest = m.rest_entry[2 * e], cost = m.rest_entry[2 * e + 1];
                if (rest_cost[rest] >= FAR) { rest_cost[rest] = cost; rest_list[rests++] = rest; }
                else rest_cost[rest] = add(rest_cost[rest], cost);
            }
        for (i32 f = 0; f < rests; f++) if (rest_cost[rest_list[f]] < least_rest) least_rest = rest_cost[rest_list[f]];
        for (i32 o = 0; o < m.onsets; o++) {
            i32 base = onset_cost[o][i];
            if (base + least_rest > most) continue;
            for (i32 f = 0; f < rests; f++) {
                i32 word = m.syllable[o * m.rests + rest_list[f]];
                i32 cost = base + rest_cost[rest_list[f]];
                if (word != 65535 && cost <= most) offer(word, shape, cost + m.form_share[word] * 16);
            }
        }
        for (i32 f = 0; f < rests; f++) rest_cost[rest_list[f]] = FAR;
    }
    return best;
}

static i32 is_upper(u8 c) { return (c >= 27 && c <= 52) || (m.marked_letters && c >= 107 && c <= 125); }
static i32 is_lower(u8 c) { return (c >= 1 && c <= 26) || (m.marked_letters && c >= 88 && c <= 106); }

static i32 is_accented_upper(u8 c) { return !m.marked_letters && (c == 64 || (c >= 107 && c <= 125)); }

/* The candidates of a form: a function of its characters alone, so it may be remembered. Characters: 1-26 a-z, 27-52 A-Z,
 * 53-62 0-9, 63 and 64 e and E with an acute, 65-87 signs, 88-106 small letters with other marks, 107-125 capitals with them.
 * Marks speak against a word of another language like signs, but in text that may keep some of its marks. */
static void candidates(const u8 *s, i32 n, Form *form) {
    i32 uppers = 0, accented = 0, letters = 0;
    pool_used = 0;
    form_number++;
    wide = n < 8 ? 1 : n < 16 ? 2 : 4;
    for (i32 i = 0; i < n; i++) { uppers += is_upper(s[i]); letters += is_upper(s[i]) || is_lower(s[i]); accented += is_accented_upper(s[i]); }
    for (i32 i = 0; i < n; i++)
        for (i32 l = 1; l <= 3; l++) {
            i32 row = i + l <= n ? row_of(s + i, l) : -1;
            row_number[i][l] = row;
            rows_at[i][l] = row < 0 ? no_row : m.rows + row * m.letters * 2;
        }
    if (n <= LONGEST) {
        i32 limit = m.search_limit, best = FAR;
        i32 tried = 0;
        for (i32 round = 0; round < 2; round++) {
            for (i32 shape = LOWER; shape <= UPPER; shape++) {
                if (!(m.shapes[s[0]] >> shape & 1) || (shape == UPPER && uppers + accented < 2 && n > 1)) continue;
                /* Three capitals and no small letter: a word in capitals. */
                if (shape != UPPER && uppers == letters && uppers > 2) continue;
                best = search(s, n, shape, limit, best);
            }
            if (best < FAR || tried) break;
            limit = m.wild; tried = 1;
        }
        i32 at = find32(m.form_key, m.form_keys, hash_of(s, n, 0));
        if (at >= 0)
            for (u32 e = m.form_start[at]; e < m.form_start[at + 1]; e++)
                offer(m.form_entry[3 * e], m.form_entry[3 * e + 1], m.form_entry[3 * e + 2]);
    }
    /* The best by cost and by how common the word is; equals by number. */
    static i32 total[ROOM], order[K];
    i32 count = 0, least = FAR;
    for (i32 i = 0; i < pool_used; i++) {
        total[i] = pool[i].cost + (m.unigram[pool[i].word] * m.unigram_weight >> 8);
        if (total[i] < least) least = total[i];
    }
    for (i32 i = 0; i < pool_used; i++) {
        if (total[i] > least + m.prune) continue;
        i32 j = count < K - 1 ? count++ : K - 1;
        for (; j > 0; j--) {
            i32 b = order[j - 1];
            if (total[b] < total[i] || (total[b] == total[i] && pool[b].word < pool[i].word)) break;
            if (j < K - 1) order[j] = b;
        }
        if (j < K - 1) order[j] = i;
    }
    for (i32 k = 0; k < count; k++) form->list[k] = pool[order[k]];
    /* As it stands: a number, or a word that the model does not know. Signs inside speak against that. */
    i32 digits = 0, vowels = 0;
    for (i32 i = 0; i < n; i++) {
        u8 c = is_upper(s[i]) ? s[i] - 26 : s[i];
        digits += s[i] >= 53 && s[i] <= 62;
        vowels += c == 1 || c == 5 || c == 9 || c == 15 || c == 21 || c == 25;
    }
    form->list[count].shape = AS_IS;
    form->list[count].word = digits == n ? NUMBER : UNKNOWN;
    /* Capitals without a vowel are an abbreviation more often than a destroyed word. */
    form->list[count++].cost = digits == n ? m.number_cost * n : uppers == n && !vowels ? m.unknown_capitals
        : m.unknown_base + m.unknown_letter * n + (uppers ? 0 : m.unknown_lower) + (letters < n ? m.unknown_mixed : 0);
    form->count = count;
}

static Form *look_up(const u8 *s, i32 n) {
    u32 h = hash_of(s, n, 0);
    u32 slot = h & (2 * CACHED - 1);
    while (hash_slots[slot]) {
        i32 at = hash_slots[slot] - 1;
        if (forms[at].hash == h && form_bytes[at][0] == n) {
            i32 same = 1;
            for (i32 i = 0; i < n; i++) if (form_bytes[at][i + 1] != s[i]) { same = 0; break; }
            if (same) return &forms[at];
        }
        slot = (slot + 1) & (2 * CACHED - 1);
    }
    if (forms_used == CACHED) { forget(); slot = h & (2 * CACHED - 1); }
    i32 at = forms_used++;
    hash_slots[slot] = at + 1;
    forms[at].hash = h;
    form_bytes[at][0] = n;
    for (i32 i = 0; i < n; i++) form_bytes[at][i + 1] = s[i];
    candidates(s, n, &forms[at]);
    return &forms[at];
}

/* What the texts of the last `decode` cost. */
static i32 spent_so_far;
i32 spent(void) { return spent_so_far; }

/* One sentence. A state is a pair of candidates; arcs are kept for the way back. */
typedef struct { i32 index; i32 forward; i32 backward; u8 v, w; } State;
typedef struct { u16 from, to; i32 cost; } Arc;

static Candidate lattice[SENTENCE + 1][K];
static i32 width[SENTENCE + 1];
static State states[SENTENCE + 1][BEAM];
static i32 alive[SENTENCE + 1];
static Arc arcs[SENTENCE + 1][BEAM * K];
static i32 arc_count[SENTENCE + 1];

static i32 find16(const u16 *words, u32 low, u32 high, u16 word) {
    u32 end = high;
    while (low < high) { u32 mid = (low + high) >> 1; if (words[mid] < word) low = mid + 1; else high = mid; }
    return low < end && words[low] == word ? (i32)low : -1;
}

/* Where n-grams were found before: looking twice is dearer than remembering, for the model is larger than any cache. */
#define SLOTS (1 << 15)
static u32 bigram_seen[SLOTS], trigram_seen_index[SLOTS];
static i32 bigram_place[SLOTS], trigram_place[SLOTS];
static u16 trigram_seen_word[SLOTS];

static i32 find_bigram(u16 v, u16 w) {
    u32 key = ((u32)v << 16 | w) + 1, slot = (key * 2654435761u) >> 17;
    if (bigram_seen[slot] == key) return bigram_place[slot];
    bigram_seen[slot] = key;
    return bigram_place[slot] = find16(m.bigram_word, m.bigram_start[v], m.bigram_start[v + 1], w);
}

static i32 find_trigram(i32 index, u16 w) {
    u32 slot = (((u32)index * 40503u + w) * 2654435761u) >> 17;
    if (trigram_seen_index[slot] == (u32)index + 1 && trigram_seen_word[slot] == w) return trigram_place[slot];
    trigram_seen_index[slot] = index + 1;
    trigram_seen_word[slot] = w;
    return trigram_place[slot] = find16(m.trigram_word, m.trigram_start[index], m.trigram_start[index + 1], w);
}

static void step(i32 t) {
    static i32 pair_index[K][K], pair_cost[K][K], place[K][K], order[K * K];
    static State made[K * K];
    i32 before = alive[t - 1], wide = width[t], used = 0, arc = 0, least = FAR;
    for (i32 v = 0; v < width[t - 1]; v++) for (i32 w = 0; w < wide; w++) place[v][w] = -2;
    /* States and candidates come best first, so the bound is soon good. */
    for (i32 s = 0; s < before; s++) {
        i32 v = states[t - 1][s].w, index = states[t - 1][s].index, forward = states[t - 1][s].forward;
        u16 vw = lattice[t - 1][v].word;
        for (i32 w = 0; w < wide; w++) {
            if (forward + lattice[t][w].cost > least + m.beam_limit) continue;
            u16 word = lattice[t][w].word;
            if (place[v][w] == -2) {
                i32 at = find_bigram(vw, word);
                pair_index[v][w] = at;
                pair_cost[v][w] = at >= 0 ? m.bigram_cost[at] * m.step : m.unigram_backoff[vw] + m.unigram[word];
                place[v][w] = -1;
            }
            i32 cost = pair_cost[v][w];
            if (index >= 0) {
                i32 at = find_trigram(index, word);
                if (at >= 0) cost = m.trigram_cost[at] * m.step;
                else cost += (m.bigram_backoff[index] - m.backoff_zero) * m.step;
            }
            cost = (cost * m.lm_weight >> 8) + lattice[t][w].cost;
            i32 total = forward + cost, at = place[v][w];
            if (total > least + m.beam_limit) continue;
            if (total < least) least = total;
            if (at < 0) {
                at = place[v][w] = used++;
                made[at].index = pair_index[v][w];
                made[at].v = v;
                made[at].w = w;
                made[at].forward = total;
            } else made[at].forward = add(made[at].forward, total);
            arcs[t][arc].from = s;
            arcs[t][arc].to = at;
            arcs[t][arc++].cost = cost;
        }
    }
    /* The best states in order, at most BEAM, none far behind the first. */
    least = FAR;
    for (i32 i = 0; i < used; i++) if (made[i].forward < least) least = made[i].forward;
    i32 fit = 0;
    for (i32 i = 0; i < used; i++) {
        if (made[i].forward > least + m.beam_limit) continue;
        i32 j = fit < BEAM ? fit++ : BEAM;
        if (j == BEAM && made[order[BEAM - 1]].forward <= made[i].forward) continue;
        if (j == BEAM) j = BEAM - 1;
        for (; j > 0 && made[order[j - 1]].forward > made[i].forward; j--) order[j] = order[j - 1];
        order[j] = i;
    }
    static i32 renamed[K * K];
    for (i32 i = 0; i < used; i++) renamed[i] = -1;
    for (i32 k = 0; k < fit; k++) { renamed[order[k]] = k; states[t][k] = made[order[k]]; }
    alive[t] = fit;
    i32 rest = 0;
    for (i32 a = 0; a < arc; a++) {
        i32 to = renamed[arcs[t][a].to];
        if (to >= 0) { arcs[t][rest].from = arcs[t][a].from; arcs[t][rest].cost = arcs[t][a].cost; arcs[t][rest++].to = to; }
    }
    arc_count[t] = rest;
}

/* Decode n words as one sentence. `where`: pairs of offset and length into text; `kind`, `word` (of FIXED words) and `cap`
 * (0 lower, 1 title, 2 start of a sentence, 3 not to be weighed: how the word before is written) per word.
 * out: OUT candidates a word: word, shape, cost of its posterior; word 65535 when there are fewer. */
static void sentence(const u8 *text, const i32 *where, const u8 *kind, const u16 *word, const u8 *cap, i32 n, i32 *out) {
    lattice[0][0].word = START;
    lattice[0][0].cost = 0;
    width[0] = 1;
    states[0][0].index = -1; states[0][0].forward = 0; states[0][0].v = 0; states[0][0].w = 0;
    alive[0] = 1;
    for (i32 t = 1; t <= n; t++) {
        i32 at = where[2 * (t - 1)], length = where[2 * (t - 1) + 1];
        if (kind[t - 1] != DAMAGED || length > LONGEST) {
            lattice[t][0].word = kind[t - 1] == DIGITS ? NUMBER : kind[t - 1] == FIXED ? word[t - 1] : UNKNOWN;
            lattice[t][0].shape = AS_IS;
            lattice[t][0].cost = 0;
            width[t] = 1;
        } else {
            Form *form = look_up(text + at, length);
            width[t] = form->count;
            for (i32 k = 0; k < form->count; k++) {
                lattice[t][k] = form->list[k];
                if (cap[t - 1] < 3 && form->list[k].shape < UPPER)
                    lattice[t][k].cost += 16 * m.capital[form->list[k].word * 6 + cap[t - 1] * 2 + form->list[k].shape];
            }
        }
        step(t);
    }
    i32 total = FAR;
    for (i32 s = 0; s < alive[n]; s++) { states[n][s].backward = 0; total = add(total, states[n][s].forward); }
    spent_so_far += total;
    for (i32 t = n; t >= 1; t--) {
        for (i32 s = 0; s < alive[t - 1]; s++) states[t - 1][s].backward = FAR;
        for (i32 a = 0; a < arc_count[t]; a++) {
            State *from = &states[t - 1][arcs[t][a].from];
            from->backward = add(from->backward, arcs[t][a].cost + states[t][arcs[t][a].to].backward);
        }
        i32 posterior[K];
        for (i32 k = 0; k < width[t]; k++) posterior[k] = FAR;
        for (i32 s = 0; s < alive[t]; s++) {
            i32 k = states[t][s].w;
            posterior[k] = add(posterior[k], states[t][s].forward + states[t][s].backward);
        }
        for (i32 o = 0; o < OUT; o++) {
            i32 *here = out + ((t - 1) * OUT + o) * 3, best = -1;
            for (i32 k = 0; k < width[t]; k++)
                if (posterior[k] < FAR && (best < 0 || posterior[k] < posterior[best])) best = k;
            if (best < 0) { here[0] = 65535; here[1] = 0; here[2] = FAR; continue; }
            here[0] = lattice[t][best].word;
            here[1] = lattice[t][best].shape;
            here[2] = posterior[best] - total;
            posterior[best] = FAR;
        }
    }
}

/* Decode n words; `starts` is 1 where a sentence starts. Long sentences are cut. */
void decode(const u8 *text, const i32 *where, const u8 *kind, const u16 *word, const u8 *cap, const u8 *starts, i32 n, i32 *out) {
    spent_so_far = 0;
    for (i32 a = 0; a < n;) {
        i32 b = a + 1;
        while (b < n && !starts[b] && b - a < SENTENCE) b++;
        sentence(text, where + 2 * a, kind + a, word + a, cap + a, b - a, out + a * OUT * 3);
        a = b;
    }
}

/* Where several words were run together. States of a place in the word: the last word before it, and what it costs so far. */
#define CUT_LONGEST 96       /* longer words are not cut */
#define CUT_PART 9           /* characters of a part at most */
#define CUT_STATES 8
#define CUT_CANDIDATES 8     /* of a part */
typedef struct { i32 cost; u16 word; u8 from, state; } Cut;

/* What a word costs whole: the cheapest of its candidates with the language model's cost of that word. */
static i32 whole_cost(const u8 *s, i32 n) {
    if (n > LONGEST)
        return m.unknown_base + m.unknown_letter * n + m.unknown_lower + (m.unigram[UNKNOWN] * m.lm_weight >> 8);
    i32 least = FAR;
    Form *form = look_up(s, n);
    for (i32 k = 0; k < form->count; k++) {
        i32 cost = form->list[k].cost + (m.unigram[form->list[k].word] * m.lm_weight >> 8);
        if (cost < least) least = cost;
    }
    return least;
}

/* Tells by a bit for each character before which of them the word of n characters at s is to be cut: nowhere when that is not
 * cheaper by `cut` a place. */
static void cut_word(const u8 *s, i32 n, u32 *bits) {
    static Cut at[CUT_LONGEST + 1][CUT_STATES];
    static i32 count[CUT_LONGEST + 1];
    i32 limit = whole_cost(s, n);
    bits[0] = bits[1] = bits[2] = 0;
    if (limit < m.cut_above) return;
    for (i32 j = 1; j <= n; j++) count[j] = 0;
    count[0] = 1;
    at[0][0].cost = 0; at[0][0].word = START;
    for (i32 i = 0; i < n; i++) {
        if (!count[i]) continue;
        for (i32 size = 1; size <= CUT_PART && i + size <= n; size++) {
            if (size == n) continue;
            i32 j = i + size;
            Form *form = look_up(s + i, size);
            for (i32 k = 0; k < form->count; k++) {
                u16 word = form->list[k].word;
                /* A word that stays as it stands is no part, but a number is. */
                if (word == UNKNOWN || (k >= CUT_CANDIDATES && word != NUMBER)) continue;
                i32 best = FAR, state = 0;
                for (i32 a = 0; a < count[i]; a++) {
                    i32 pair = i ? find_bigram(at[i][a].word, word) : -1;
                    i32 cost = pair >= 0 ? m.bigram_cost[pair] * m.step
                        : m.unigram[word] + (i ? m.unigram_backoff[at[i][a].word] : 0);
                    cost = at[i][a].cost + (cost * m.lm_weight >> 8);
                    if (cost < best) { best = cost; state = a; }
                }
                best += form->list[k].cost + (i ? m.cut : 0) + (word == NUMBER ? m.cut_number : 0);
                if (best >= limit) continue;
                i32 p = 0;
                while (p < count[j] && at[j][p].word != word) p++;
                if (p < count[j]) { if (at[j][p].cost <= best) continue; }
                else if (count[j] < CUT_STATES) p = count[j]++;
                else {
                    p = 0;
                    for (i32 q = 1; q < CUT_STATES; q++) if (at[j][q].cost > at[j][p].cost) p = q;
                    if (at[j][p].cost <= best) continue;
                }
                at[j][p].cost = best; at[j][p].word = word; at[j][p].from = i; at[j][p].state = state;
            }
        }
    }
    if (!count[n]) return;
    i32 p = 0;
    for (i32 q = 1; q < count[n]; q++) if (at[n][q].cost < at[n][p].cost) p = q;
    for (i32 j = n; j;) {
        i32 i = at[j][p].from;
        p = at[j][p].state;
        j = i;
        if (j) bits[j >> 5] |= 1u << (j & 31);
    }
}

/* For each of n words, given by offset and length, three numbers of 32 bits: see cut_word. */
void cuts(const u8 *text, const i32 *where, i32 n, u32 *out) {
    for (i32 t = 0; t < n; t++) cut_word(text + where[2 * t], where[2 * t + 1], out + 3 * t);
}

/* The candidates of one word, for tests and for looking: out gets word, shape and cost of each; returns how many. */
i32 propose(const u8 *text, i32 n, i32 *out) {
    Form *form = look_up(text, n);
    for (i32 k = 0; k < form->count; k++) {
        out[3 * k] = form->list[k].word;
        out[3 * k + 1] = form->list[k].shape;
        out[3 * k + 2] = form->list[k].cost;
    }
    return form->count;
}

void prepare(void) {
    forget();
    for (i32 i = 0; i < SLOTS; i++) bigram_seen[i] = trigram_seen_index[i] = 0;
    for (i32 i = 0; i < 65536; i++) pool_of[i] = -1;
    for (i32 r = 0; r < 2048; r++) rest_cost[r] = FAR;
    for (i32 c = 0; c < 256; c++) {
        scaled[0][c] = c == 255 ? m.never * 16 : c * 16;
        scaled[1][c] = c == 255 ? FAR : c * 16;
    }
    for (i32 c = 0; c < 512; c++) no_row[c] = 255;
    for (i32 letter = 0; letter < 2 * m.letters; letter++) empty[letter] = all(scaled[1][m.rows[letter]]);
    for (i32 row = 0; row < m.row_count; row++) {
        row_least[row] = 255;
        for (i32 c = 0; c < 2 * m.letters; c++) {
            i32 cost = m.rows[row * m.letters * 2 + c];
            if (cost < row_least[row]) row_least[row] = cost;
        }
    }
 }
