import type { LookupName, LookupValues, Request, RunOutcome, ScreenId } from './state.ts';
import type { FoundModel, Problem } from './found.ts';

/** News of something that is looked up. */
export type LoadNews = {
  [Name in LookupName]:
    | { readonly type: 'load-started'; readonly name: Name; readonly key: string }
    | { readonly type: 'load-changed'; readonly name: Name; readonly key: string; readonly value?: LookupValues[Name]; readonly note?: string | null; readonly done?: boolean }
    | { readonly type: 'load-failed'; readonly name: Name; readonly key: string; readonly problem: Problem }
    | { readonly type: 'load-dropped'; readonly name: Name; readonly key: string };
}[LookupName];

/** Everything that changes the app: what a person did, in words that no key is part of, and what was found. */
export type Action =
  | LoadNews
  | { readonly type: 'resized'; readonly columns: number; readonly rows: number }
  | { readonly type: 'moved'; readonly by: number | 'first' | 'last' | 'page-up' | 'page-down' | 'next-section' | 'section-before' }
  | { readonly type: 'toggled'; readonly id?: string }
  | { readonly type: 'entered'; readonly id?: string }
  | { readonly type: 'expanded'; readonly open: boolean }
  | { readonly type: 'next' }
  | { readonly type: 'back' }
  | { readonly type: 'went'; readonly to: ScreenId }
  | { readonly type: 'filter-begun' }
  | { readonly type: 'typed'; readonly text: string }
  | { readonly type: 'erased' }
  | { readonly type: 'typing-ended'; readonly keep: boolean }
  | { readonly type: 'completed' }
  | { readonly type: 'path-begun' }
  /** A whole path at once, without completion. */
  | { readonly type: 'path-given'; readonly text: string }
  | { readonly type: 'filtered'; readonly text: string }
  | { readonly type: 'help' }
  | { readonly type: 'runs' }
  | { readonly type: 'compared' }
  | { readonly type: 'asked'; readonly for: Request }
  | { readonly type: 'handled'; readonly notice?: string | null }
  | { readonly type: 'saved'; readonly to: string }
  | { readonly type: 'model-added'; readonly model: FoundModel }
  | { readonly type: 'ran'; readonly outcome: RunOutcome };

