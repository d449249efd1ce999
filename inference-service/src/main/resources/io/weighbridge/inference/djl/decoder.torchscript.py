class Decoder(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  _is_full_backward_hook : Optional[bool]

  def forward(self: __torch__.Decoder,
    x: Tensor) -> Tensor:
    return x

  # One forward pass over n tokens of some sequences. Returns the wanted rows of logits in float32, slice after slice.
  #   x        (n, hidden)            embeddings of the tokens, scaled, learned positions added
  #   weights  embedding norm, then for each layer the places named at the head of `layer`, then final norm and head. A norm takes two
  #            places (weight, twice over for RMS; bias), a linear layer three (weight, scales, bias); what is absent is empty
  #   kv       per layer keys and values together, (1, 2 * kv_heads, places, head_dim), keys first
  #   ropes    per rotation cosines and sines, each (context, rotated dims) for halves, (context, head_dim / 2) for interleaved
  #   slopes   (heads) for ALiBi, else empty
  #   slices   per slice: token count, position of the first, first KV place of the sequence if its blocks lie in order else -1, for how
  #            many of its last tokens logits are wanted
  #   places   per slice, one after the other: KV place of each position up to its last token
  #   kinds    per layer: which rotation (-1 none), window (0 none), whether it has experts
  #   shape    see the names below
  #   numbers  norm epsilon, attention scale, attention soft cap, residual multiplier, logit scale, logit soft cap
  def step(self: __torch__.Decoder,
    x: Tensor,
    weights: List[Tensor],
    kv: List[Tensor],
    ropes: List[Tensor],
    slopes: Tensor,
    slices: List[int],
    places: Tensor,
    kinds: List[int],
    shape: List[int],
    numbers: List[float]) -> Tensor:
    layers = shape[0]
    heads = shape[1]
    kv_heads = shape[2]
    head_dim = shape[3]
    layout = shape[4]         # 0 halves, 1 interleaved
    head_kind = shape[6]      # kind of the head, see linear
    norm_kind = shape[8]      # 0 RMS, 1 layer norm
    embedding_norm = shape[9] # 1 if there is one
    stride = shape[10]        # places of a layer
    n = torch.size(x, 0)
    slice_count = torch.floordiv(torch.len(slices), 4)
    group = torch.floordiv(heads, kv_heads)
    window = 0
    for layer in range(layers):
      if kinds[3 * layer + 1] > window:
        window = kinds[3 * layer + 1]
    masks = annotate(List[Tensor], [])
    for s in range(slice_count):
      masks = torch.append(masks, self.mask(x, slices[4 * s], slices[4 * s + 1], 0, slopes, kv_heads, group))
      if window > 0:
        masks = torch.append(masks, self.mask(x, slices[4 * s], slices[4 * s + 1], window, slopes, kv_heads, group))
      else:
        masks = torch.append(masks, masks[2 * s])
    tables = annotate(List[Tensor], [])
    at = 0
    for s in range(slice_count):
      reach = slices[4 * s] + slices[4 * s + 1]
      tables = torch.append(tables, torch.narrow(places, 0, at, reach))
      at = at + reach
    # Values go through the rotation with angle 0, so that keys and values stay together and are stored by one copy.
    turns = annotate(List[Tensor], [])
    for r in range(torch.floordiv(torch.len(ropes), 2)):
      parts_cos = annotate(List[Tensor], [])
      parts_sin = annotate(List[Tensor], [])
      for s in range(slice_count):
        parts_cos = torch.append(parts_cos, torch.narrow(ropes[2 * r], 0, slices[4 * s + 1], slices[4 * s]))
        parts_sin = torch.append(parts_sin, torch.narrow(ropes[2 * r + 1], 0, slices[4 * s + 1], slices[4 * s]))
      cos_rows = torch.unsqueeze(torch.cat(parts_cos, 0), 1)
      sin_rows = torch.unsqueeze(torch.cat(parts_sin, 0), 1)
      width = torch.size(cos_rows, 2)
      rotated = heads + kv_heads
      cos = torch.cat([torch.expand(cos_rows, [n, rotated, width]), torch.ones_like(torch.expand(cos_rows, [n, kv_heads, width]))], 1)
      sin = torch.cat([torch.expand(sin_rows, [n, rotated, width]), torch.zeros_like(torch.expand(sin_rows, [n, kv_heads, width]))], 1)
      if layout == 1:
        turns = torch.append(turns, torch.complex(cos, sin))
        turns = torch.append(turns, sin)
      else:
        turns = torch.append(turns, cos)
        turns = torch.append(turns, sin)
    if embedding_norm == 1:
      x = self.norm(x, weights, 0, 1, numbers[0])
    for layer in range(layers):
      x = self.layer(x, weights, 2 + layer * stride, kv[layer], turns, kinds[3 * layer], kinds[3 * layer + 1], kinds[3 * layer + 2], masks, slices, tables, shape, numbers)
    rows = annotate(List[Tensor], [])
    row2 = 0
    for s in range(slice_count):
      row2 = row2 + slices[4 * s]
      if slices[4 * s + 3] > 0:
        rows = torch.append(rows, torch.narrow(x, 0, row2 - slices[4 * s + 3], slices[4 * s + 3]))
    if torch.len(rows) == 0:
      logits = torch.narrow(x, 0, 0, 0)
    else:
      last = self.norm(torch.cat(rows, 0), weights, 2 + layers * stride, norm_kind, numbers[0])
      logits = torch.to(self.linear(last, weights, 4 + layers * stride, head_kind, shape[7]), 6)
      if numbers[4] != 1.:
        logits = torch.mul(logits, numbers[4])
      if numbers[5] != 0.:
        logits = torch.mul(torch.tanh(torch.div(logits, numbers[5])), numbers[5])
    return logits

  # One block: x (n, hidden) -> the same. Places of its weights from `at` on:
  #   0 attention norm   2 query, key and value together   5 query norm   7 key norm   9 sinks   10 output   13 post attention norm
  #   15 feed-forward norm   17 router   20 post feed-forward norm   22 for each expert, or once: gate and up together, down
  #   and where there is a shared expert: its gate and up together, down, its gate
  def layer(self: __torch__.Decoder,
    x: Tensor,
    weights: List[Tensor],
    at: int,
    memory: Tensor,
    turns: List[Tensor],
    rope: int,
    window: int,
    experts: int,
    masks: List[Tensor],
    slices: List[int],
    tables: List[Tensor],
    shape: List[int],
    numbers: List[float]) -> Tensor:
    heads = shape[1]
    kv_heads = shape[2]
    head_dim = shape[3]
    layout = shape[4]
    kind = shape[5]
    biased = shape[7]
    norm_kind = shape[8]
    qk_norm = shape[11]         # 0 none, 1 each head, 2 all heads, 3 each head with weights of its own
    has_attention_norm = shape[12]
    has_post_norms = shape[13]
    has_feed_forward_norm = shape[14]
    parallel = shape[15]
    has_sinks = shape[16]
    eps = numbers[0]
    n = torch.size(x, 0)
    rotated = heads + kv_heads
    if has_attention_norm == 1:
      h = self.norm(x, weights, at, norm_kind, eps)
    else:
      h = x
    qkv = torch.view(self.linear(h, weights, at + 2, kind, biased), [n, rotated + kv_heads, head_dim])
    if qk_norm > 0:
      qkv = self.normed_queries_and_keys(qkv, weights, at, heads, kv_heads, qk_norm, eps)
    if rope < 0:
      turned = qkv
    elif layout == 1:
      turned = self.rotate_pairs(qkv, turns[2 * rope])
    else:
      turned = self.rotate_halves(qkv, turns[2 * rope], turns[2 * rope + 1])
    q = torch.narrow(turned, 1, 0, heads)
    new_kv = torch.transpose(torch.narrow(turned, 1, heads, 2 * kv_heads), 0, 1)
    slice_count = torch.floordiv(torch.len(slices), 4)
    which = 0
    if window > 0:
      which = 1
    if slice_count == 1:
      attended = self.attend(q, new_kv, memory, slices[1], slices[2], tables[0], masks[which], window, weights[at + 9], has_sinks, numbers)
    else:
      outs = annotate(List[Tensor], [])
      row = 0
      for s in range(slice_count):
        count = slices[4 * s]
        outs = torch.append(outs, self.attend(torch.narrow(q, 0, row, count), torch.narrow(new_kv, 1, row, count), memory, slices[4 * s + 1], slices[4 * s + 2], tables[s], masks[2 * s + which], window, weights[at + 9], has_sinks, numbers))
        row = row + count
      attended = torch.cat(outs, 0)
    a = self.linear(attended, weights, at + 10, kind, biased)
    if has_post_norms == 1:
      a = self.norm(torch.to(a, 6), weights, at + 13, norm_kind, eps)
    if numbers[3] != 1.:
      a = torch.mul(a, numbers[3])
    if parallel == 1:
      y = x
    else:
      y = torch.add(x, a)
    if has_feed_forward_norm == 1:
      h2 = self.norm(y, weights, at + 15, norm_kind, eps)
    elif parallel == 1:
      h2 = h
    else:
      h2 = y
    if experts == 1:
      f = self.mixture(h2, weights, at, shape)
    else:
      f = self.feed_forward(h2, weights, at + 22, shape)
    if has_post_norms == 1:
      f = self.norm(torch.to(f, 6), weights, at + 20, norm_kind, eps)
    if numbers[3] != 1.:
      f = torch.mul(f, numbers[3])
    if parallel == 1:
      y = torch.add(x, a)
    return torch.add(y, f)

  # x (n, hidden) -> the same. Activations: 0 SiLU, 1 GELU with tanh, 2 GELU with the error function, 3 ReLU, 4 clamped SwiGLU
  def feed_forward(self: __torch__.Decoder,
    x: Tensor,
    weights: List[Tensor],
    at: int,
    shape: List[int]) -> Tensor:
    kind = shape[5]
    biased = shape[7]
    activation = shape[17]
    gated = shape[20]
    both = self.linear(x, weights, at, kind, biased)
    if gated == 1:
      inner = torch.floordiv(torch.size(both, 1), 2)
      gate = torch.narrow(both, 1, 0, inner)
      up = torch.narrow(both, 1, inner, inner)
    else:
      gate = both
      up = both
    if activation == 0:
      active = torch.silu(gate)
    elif activation == 1:
      active = torch.gelu(gate, approximate="tanh")
    elif activation == 2:
      active = torch.gelu(gate)
    elif activation == 3:
      active = torch.relu(gate)
    else:
      low = torch.clamp(gate, None, 7.)
      active = torch.mul(low, torch.sigmoid(torch.mul(low, 1.702)))
      up = torch.add(torch.clamp(up, -7., 7.), 1.)
    if gated == 1:
      active = torch.mul(active, up)
    return self.linear(active, weights, at + 3, kind, biased)

  # Each token through the experts that the router scores highest, summed by the softmax of their scores.
  def mixture(self: __torch__.Decoder,
    x: Tensor,
    weights: List[Tensor],
    at: int,
    shape: List[int]) -> Tensor:
    experts = shape[18]
    used = shape[19]
    normalized = shape[21]
    scores = torch.to(self.linear(x, weights, at + 17, 32, shape[7]), 6)
    if normalized == 0:
      scores = torch.log_softmax(scores, -1)
    top, chosen = torch.topk(scores, used)
    if normalized == 1:
      share = torch.softmax(top, -1)
    else:
      share = torch.exp(top)
    out = torch.zeros_like(x)
    for e in range(experts):
      places = torch.nonzero(torch.eq(chosen, e))
      if torch.size(places, 0) > 0:
        tokens = torch.select(places, 1, 0)
        weight = torch.masked_select(share, torch.eq(chosen, e))
        y = self.feed_forward(torch.index_select(x, 0, tokens), weights, at + 22 + 6 * e, shape)
        out = torch.index_add(out, 0, tokens, torch.mul(torch.to(y, 6), torch.unsqueeze(weight, 1)))
    if shape[22] > 0:
      shared = torch.to(self.feed_forward(x, weights, at + 22 + 6 * experts, shape), 6)
      if shape[22] == 2:
        shared = torch.mul(shared, torch.sigmoid(torch.to(self.linear(x, weights, at + 28 + 6 * experts, 32, 0), 6)))
      out = torch.add(out, shared)
    return out

  # x (n, size) normalized by the weights at `at` (weight, bias). Kinds: 0 RMS, 1 layer norm. RMS is the layer norm of x beside -x, which
  # has mean 0 and the variance of RMS norm: one fused kernel in place of six; its weight is stored twice over.
  def norm(self: __torch__.Decoder,
    x: Tensor,
    weights: List[Tensor],
    at: int,
    kind: int,
    eps: float) -> Tensor:
    size = torch.size(x, -1)
    if kind == 0:
      both = torch.layer_norm(torch.cat([x, torch.neg(x)], -1), [2 * size], weights[at], None, eps, False)
      y = torch.narrow(both, -1, 0, size)
    elif torch.numel(weights[at + 1]) > 0:
      y = torch.layer_norm(x, [size], weights[at], weights[at + 1], eps, False)
    else:
      y = torch.layer_norm(x, [size], weights[at], None, eps, False)
    return y

  # qkv (n, heads + 2 * kv_heads, head_dim), queries first; over: 1 each head, 2 all heads, 3 each head by mean and variance
  def normed_queries_and_keys(self: __torch__.Decoder,
    qkv: Tensor,
    weights: List[Tensor],
    at: int,
    heads: int,
    kv_heads: int,
    over: int,
    eps: float) -> Tensor:
    n = torch.size(qkv, 0)
    head_dim = torch.size(qkv, 2)
    q = torch.to(torch.narrow(qkv, 1, 0, heads), 6)
    k = torch.to(torch.narrow(qkv, 1, heads, kv_heads), 6)
    v = torch.to(torch.narrow(qkv, 1, heads + kv_heads, kv_heads), 6)
    if over == 3:
      q = torch.mul(torch.layer_norm(q, [head_dim], None, None, eps, False), torch.reshape(weights[at + 5], [heads, head_dim]))
      k = torch.mul(torch.layer_norm(k, [head_dim], None, None, eps, False), torch.reshape(weights[at + 7], [kv_heads, head_dim]))
      return torch.cat([q, k, v], 1)
    if over == 2:
      q = torch.reshape(q, [n, heads * head_dim])
      k = torch.reshape(k, [n, kv_heads * head_dim])
    q = torch.reshape(self.norm(q, weights, at + 5, 0, eps), [n, heads, head_dim])
    k = torch.reshape(self.norm(k, weights, at + 7, 0, eps), [n, kv_heads, head_dim])
    return torch.cat([q, k, v], 1)

  # x (n, inputs) -> (n, outputs). Kinds: 32 dense float32; 16 dense bfloat16; 8 int8 with one bfloat16 scale a row; 4 four-bit
  # in groups of 32 with bfloat16 scales and zero points. All but 32 give bfloat16, which widens where it meets float32 again.
  def linear(self: __torch__.Decoder,
    x: Tensor,
    weights: List[Tensor],
    at: int,
    kind: int,
    biased: int) -> Tensor:
    if kind == 4:
      y = torch._weight_int4pack_mm_for_cpu(torch.to(x, 15), weights[at], 32, weights[at + 1])
    elif kind == 8:
      missing = torch.size(weights[at], 1) - torch.size(x, 1)
      if missing > 0:
        x = torch.constant_pad_nd(x, [0, missing], 0)
      y = torch._weight_int8pack_mm(torch.to(x, 15), weights[at], weights[at + 1])
    elif kind == 16:
      y = torch.linear(torch.to(x, 15), weights[at], None)
    else:
      y = torch.linear(torch.to(x, 6), weights[at], None)
    if biased == 1:
      if torch.numel(weights[at + 2]) > 0:
        y = torch.add(y, weights[at + 2])
    return y

  # Pairs (i, i + half) of the first dimensions of a head, as many as cos is wide. x (n, heads, head_dim); cos, sin (n, heads, rotated)
  def rotate_halves(self: __torch__.Decoder,
    x: Tensor,
    cos: Tensor,
    sin: Tensor) -> Tensor:
    width = torch.size(cos, 2)
    half = torch.floordiv(width, 2)
    rest = torch.size(x, 2) - width
    if rest == 0:
      y = torch.addcmul(torch.mul(x, cos), torch.to(torch.roll(x, [half], [2]), 6), sin)
    else:
      first = torch.to(torch.narrow(x, 2, 0, width), 6)
      turned = torch.addcmul(torch.mul(first, cos), torch.roll(first, [half], [2]), sin)
      y = torch.cat([turned, torch.to(torch.narrow(x, 2, width, rest), 6)], 2)
    return y

  # Pairs (2i, 2i + 1) as complex numbers. x (n, heads, head_dim); turn (n, heads, head_dim / 2) complex
  def rotate_pairs(self: __torch__.Decoder,
    x: Tensor,
    turn: Tensor) -> Tensor:
    pairs = torch.view_as_complex(torch.unflatten(torch.to(x, 6), 2, [-1, 2]))
    return torch.flatten(torch.view_as_real(torch.mul(pairs, turn)), 2)

  # What is added to scores: -inf where a query may not look (later positions; earlier ones out of its window), and ALiBi's slopes times the
  # key's position. (group * count, position + count), with ALiBi (1, kv_heads, ...): the fused kernel takes two or four dimensions; empty where nothing is to be added. For a single token the
  # window is cut out of the memory instead (see attend).
  def mask(self: __torch__.Decoder,
    x: Tensor,
    count: int,
    position: int,
    window: int,
    slopes: Tensor,
    kv_heads: int,
    group: int) -> Tensor:
    total = position + count
    one = torch.narrow(torch.narrow(x, 0, 0, 1), 1, 0, 1)
    if count == 1:
      rows = torch.narrow(x, 0, 0, 0)
    else:
      full = torch.full_like(torch.expand(one, [count, total]), -inf)
      causal = torch.triu(full, position + 1)
      if window > 0:
        causal = torch.add(causal, torch.tril(full, position - window))
      rows = torch.repeat(causal, [group, 1])
    if torch.numel(slopes) > 0:
      keys = torch.sub(torch.cumsum(torch.ones_like(torch.expand(one, [1, total])), 1), 1.)
      bias = torch.reshape(torch.mul(torch.reshape(slopes, [kv_heads, group, 1, 1]), torch.reshape(keys, [1, 1, 1, total])), [kv_heads, group, 1, total])
      wide = torch.reshape(torch.expand(bias, [kv_heads, group, count, total]), [1, kv_heads, group * count, total])
      if count == 1:
        rows = wide
      else:
        rows = torch.add(rows, wide)
    return rows

  # Stores the new keys and values, then attends to all of the sequence so far, or to the last `window` of it.
  #   q (count, heads, head_dim); new_kv (2 * kv_heads, count, head_dim); memory (1, 2 * kv_heads, places, head_dim); sinks (heads)
  #   -> (count, heads * head_dim)
  # Blocks that lie in order are read where they are, others are gathered.
  # The heads that share a key head become further query rows of it, so that keys are never repeated.
  def attend(self: __torch__.Decoder,
    q: Tensor,
    new_kv: Tensor,
    memory: Tensor,
    position: int,
    start: int,
    places: Tensor,
    mask: Tensor,
    window: int,
    sinks: Tensor,
    has_sinks: int,
    numbers: List[float]) -> Tensor:
    count = torch.size(q, 0)
    heads = torch.size(q, 1)
    head_dim = torch.size(q, 2)
    kv_heads = torch.floordiv(torch.size(new_kv, 0), 2)
    group = torch.floordiv(heads, kv_heads)
    scale = numbers[1]
    cap = numbers[2]
    if start >= 0:
      _0 = torch.copy_(torch.narrow(memory, 2, start + position, count), new_kv)
    else:
      _1 = torch.index_copy_(memory, 2, torch.narrow(places, 0, position, count), torch.unsqueeze(new_kv, 0))
    first = 0
    if count == 1:
      if window > 0:
        if position + 1 > window:
          first = position + 1 - window
    if start >= 0:
      past = torch.narrow(memory, 2, start + first, position + count - first)
    else:
      past = torch.index_select(memory, 2, torch.narrow(places, 0, first, position + count - first))
    k = torch.narrow(past, 1, 0, kv_heads)
    v = torch.narrow(past, 1, kv_heads, kv_heads)
    if count == 1:
      rows = torch.reshape(q, [1, kv_heads, group, head_dim])
    else:
      rows = torch.reshape(torch.permute(torch.reshape(q, [count, kv_heads, group, head_dim]), [1, 2, 0, 3]), [1, kv_heads, group * count, head_dim])
    plain = torch.numel(mask) == 0
    if has_sinks == 1:
      out = self.attend_in_steps(torch.to(rows, 6), k, v, mask, plain, sinks, has_sinks, scale, cap)
    elif cap != 0.:
      out = self.attend_in_steps(torch.to(rows, 6), k, v, mask, plain, sinks, has_sinks, scale, cap)
    elif plain:
      out = torch.scaled_dot_product_attention(torch.to(rows, 6), k, v, None, 0., False, scale=scale)
    else:
      out = torch.scaled_dot_product_attention(torch.to(rows, 6), k, v, mask, 0., False, scale=scale)
    if count == 1:
      y = torch.reshape(out, [1, heads * head_dim])
    else:
      y = torch.reshape(torch.permute(torch.reshape(out, [kv_heads, group, count, head_dim]), [2, 0, 1, 3]), [count, heads * head_dim])
    return y

  # Attention with what the fused kernel lacks: a soft cap on scores, and scores of their own that lead nowhere (sinks).
  #   q (1, kv_heads, group * count, head_dim), k and v (1, kv_heads, keys, head_dim) -> as q
  def attend_in_steps(self: __torch__.Decoder,
    q: Tensor,
    k: Tensor,
    v: Tensor,
    mask: Tensor,
    plain: bool,
    sinks: Tensor,
    has_sinks: int,
    scale: float,
    cap: float) -> Tensor:
    scores = torch.mul(torch.matmul(q, torch.transpose(k, 2, 3)), scale)
    if cap != 0.:
      scores = torch.mul(torch.tanh(torch.div(scores, cap)), cap)
    if plain:
      masked = scores
    else:
      masked = torch.add(scores, mask)
    if has_sinks == 1:
      kv_heads = torch.size(q, 1)
      rows = torch.size(q, 2)
      group = torch.floordiv(torch.numel(sinks), kv_heads)
      column = torch.reshape(torch.expand(torch.reshape(sinks, [kv_heads, group, 1]), [kv_heads, group, torch.floordiv(rows, group)]), [1, kv_heads, rows, 1])
      shares = torch.softmax(torch.cat([masked, column], -1), -1)
      shares = torch.narrow(shares, -1, 0, torch.size(masked, 3))
    else:
      shares = torch.softmax(masked, -1)
    return torch.matmul(shares, v)

  # Copies keys and values of `count` places in all layers; kv as in `step`.
  def copy_places(self: __torch__.Decoder,
    kv: List[Tensor],
    source: int,
    target: int,
    count: int) -> Tensor:
    for i in range(torch.len(kv)):
      _0 = torch.copy_(torch.narrow(kv[i], 2, target, count), torch.narrow(kv[i], 2, source, count))
    return kv[0]

  # Float32 values in another compute type: 6 float32, 15 bfloat16.
  def cast(self: __torch__.Decoder,
    x: Tensor,
    dtype: int) -> Tensor:
    return torch.to(x, dtype)

  def join(self: __torch__.Decoder,
    parts: List[Tensor],
    dimension: int) -> Tensor:
    return torch.cat(parts, dimension)

  # values (rows, columns) float32 -> int8 weight, one scale a row. The kernel reads past rows that are no multiple of 32 long, so
  # they are padded with zeros.
  def pack_int8(self: __torch__.Decoder,
    values: Tensor) -> List[Tensor]:
    scales = torch.clamp_min(torch.div(torch.amax(torch.abs(values), [1]), 127.), 1.0e-12)
    q = torch.to(torch.clamp(torch.round(torch.div(values, torch.unsqueeze(scales, 1))), -127, 127), 1)
    rest = torch.floordiv(torch.size(values, 1) + 31, 32) * 32 - torch.size(values, 1)
    if rest > 0:
      q = torch.constant_pad_nd(q, [0, rest], 0)
    return [torch.contiguous(q), torch.to(scales, 15)]

  # values (rows, columns) float32 -> nibbles (rows, columns) int32 in 0..15, scales and minima (rows, columns / 32):
  # value = scale * nibble + minimum
  def nibbles_of_values(self: __torch__.Decoder,
    values: Tensor) -> List[Tensor]:
    rows = torch.size(values, 0)
    columns = torch.size(values, 1)
    groups = torch.view(values, [rows, torch.floordiv(columns, 32), 32])
    low = torch.amin(groups, [2])
    high = torch.amax(groups, [2])
    scale = torch.clamp_min(torch.div(torch.sub(high, low), 15.), 1.0e-12)
    q = torch.clamp(torch.round(torch.div(torch.sub(groups, torch.unsqueeze(low, 2)), torch.unsqueeze(scale, 2))), 0, 15)
    return [torch.view(torch.to(q, 3), [rows, columns]), scale, low]

  # Q4_0 (18 bytes: scale, nibbles) and Q4_1 (20 bytes: scale, minimum, nibbles) blocks as they lie in the file; exact.
  #   raw (rows, columns / 32, bytes) uint8 -> as above
  def nibbles_of_blocks(self: __torch__.Decoder,
    raw: Tensor) -> List[Tensor]:
    rows = torch.size(raw, 0)
    blocks = torch.size(raw, 1)
    bytes = torch.size(raw, 2)
    scale = torch.view(torch.to(torch.view_copy(torch.contiguous(torch.narrow(raw, 2, 0, 2)), 5), 6), [rows, blocks])
    if bytes == 20:
      low = torch.view(torch.to(torch.view_copy(torch.contiguous(torch.narrow(raw, 2, 2, 2)), 5), 6), [rows, blocks])
    else:
      low = torch.mul(scale, -8.)
    nibbles = torch.to(torch.narrow(raw, 2, bytes - 16, 16), 3)
    q = torch.cat([torch.bitwise_and(nibbles, 15), torch.bitwise_right_shift(nibbles, 4)], 2)
    return [torch.view(q, [rows, blocks * 32]), scale, low]

  # Rows of nibbles, scales and minima, in turn -> what the four-bit kernel reads: packed weights, and scales with zero points
  # (columns / 32, rows, 2). The kernel's value is scale * (nibble - 8) + zero.
  def pack_int4(self: __torch__.Decoder,
    parts: List[Tensor]) -> List[Tensor]:
    qs = annotate(List[Tensor], [])
    scales = annotate(List[Tensor], [])
    lows = annotate(List[Tensor], [])
    for i in range(torch.floordiv(torch.len(parts), 3)):
      qs = torch.append(qs, parts[3 * i])
      scales = torch.append(scales, parts[3 * i + 1])
      lows = torch.append(lows, parts[3 * i + 2])
    scale = torch.cat(scales, 0)
    zero = torch.add(torch.cat(lows, 0), torch.mul(scale, 8.))
    both = torch.to(torch.contiguous(torch.transpose(torch.stack([scale, zero], 2), 0, 1)), 15)
    return [torch._convert_weight_to_int4pack_for_cpu(torch.cat(qs, 0), 2), both]
