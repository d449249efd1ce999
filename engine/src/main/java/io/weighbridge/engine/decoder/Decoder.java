package io.weighbridge.engine.decoder;

/** What a checkpoint holds, understood: the shape and the tensors that go with it. */
public record Decoder(DecoderSpec spec, DecoderTensors tensors) {
    /** See {@link DecoderSpec#servedUpTo}. */
    public Decoder servedUpTo(int tokens) {
        return new Decoder(spec.servedUpTo(tokens), tensors);
    }
}
