import { OrtSession } from './ort-session.ts';
import type { OrtRequest, SessionSpec } from './protocol.ts';
import { type PackedArray, packArrays, unpackArray, unpackArrays } from './transfer.ts';
import { RequestFault, serve } from './worker-side.ts';

serve(answer);

const sessions = new Map<number, OrtSession>();

async function answer(request: OrtRequest): Promise<unknown> {
  switch (request.kind) {
    case 'open': {
      const session = sessions.get(request.session) ?? (await load(request.spec));
      sessions.set(request.session, session);
      return session.face;
    }
    case 'run': {
      const session = sessions.get(request.session);
      if (!session) throw new RequestFault('The session was released.');
      return packArrays(await session.run(unpackArrays(request.feeds)), request.folder);
    }
    case 'release': {
      await sessions.get(request.session)?.release();
      sessions.delete(request.session);
      return null;
    }
    case 'describe':
      return withSession(request.spec, async (session) => session.face);
    case 'once':
      return withSession(request.spec, async (session) => {
        const results: PackedArray[][] = [];
        for (const feed of request.feeds) results.push(packArrays(await session.run(unpackArrays(feed)), request.folder));
        return results;
      });
  }
}

async function withSession<T>(spec: SessionSpec, use: (session: OrtSession) => Promise<T>): Promise<T> {
  const session = await load(spec);
  try {
    return await use(session);
  } finally {
    await session.release();
  }
}

function load(spec: SessionSpec): Promise<OrtSession> {
  return OrtSession.load('path' in spec.model ? spec.model.path : (unpackArray(spec.model.bytes) as Uint8Array), spec);
}
