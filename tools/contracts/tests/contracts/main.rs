//! Every form of the contracts says the same as the types: the registry's drafts accept and refuse what the original
//! does, AsyncAPI's own parser takes the document, TypeScript and Python compile, take every example and refuse what is
//! no event.

mod asyncapi;
mod catalogue;
mod committed;
mod gate;
mod mutations;
mod registry;
mod tools;
mod types;
