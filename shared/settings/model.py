"""Which models answer, and where."""

from typing import Annotated

from pydantic import BaseModel, Field

from shared.settings.kinds import Seconds


class ModelSettings(BaseModel):
    """Which models answer, and where."""

    model_endpoint: str = Field(
        alias="AI_FOUNDRY_ENDPOINT",
        min_length=1,
        description="Azure OpenAI or Foundry endpoint, or any OpenAI-compatible URL ending in /v1",
    )
    model_key: str | None = Field(
        default=None, alias="AI_FOUNDRY_API_KEY", description="API key; Entra ID if unset"
    )
    chat_deployment: str = Field(
        default="gpt-4o-mini",
        alias="AI_FOUNDRY_CHAT_DEPLOYMENT_NAME",
        description="Deployment, or model, of the chat calls",
    )
    embedding_deployment: str = Field(
        default="text-embedding-3-large",
        alias="AI_FOUNDRY_EMBEDDING_DEPLOYMENT_NAME",
        description="Deployment, or model, of embeddings; readers must use the same",
    )
    embedding_dimensions: Annotated[int, Field(ge=1, le=4096)] = Field(
        default=1536,
        alias="AI_FOUNDRY_EMBEDDING_DIMENSIONS",
        description="Length of the vectors; that of the containers' vector policy",
    )
    api_version: str = Field(
        default="2024-12-01-preview",
        alias="AZURE_OPENAI_API_VERSION",
        description="API version of an Azure OpenAI endpoint; others have none",
    )
    model_timeout_seconds: Seconds = Field(
        default=120,
        alias="MEMORY_MODEL_TIMEOUT_SECONDS",
        description="Patience with one model call",
    )
